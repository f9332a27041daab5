namespace Holdfast.Storage.Checking;

/// <summary>What a repair of a store did.</summary>
/// <param name="Path">The store's directory.</param>
/// <param name="Objects">Objects that were looked at.</param>
/// <param name="Fixed">What was found before and is right now.</param>
/// <param name="Remaining">What is still not as it should be.</param>
/// <param name="Failures">Why a repair could not be done, one line each.</param>
public sealed record StoreRepairReport(
    string Path, int Objects, IReadOnlyList<StoreFinding> Fixed, IReadOnlyList<StoreFinding> Remaining, IReadOnlyList<string> Failures);
