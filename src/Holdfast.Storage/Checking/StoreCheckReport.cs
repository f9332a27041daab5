namespace Holdfast.Storage.Checking;

/// <summary>What a check of a store found.</summary>
/// <param name="Path">The store's directory.</param>
/// <param name="Objects">Objects that were looked at.</param>
/// <param name="Findings">What is not as it should be; empty for a sound store.</param>
public sealed record StoreCheckReport(string Path, int Objects, IReadOnlyList<StoreFinding> Findings);
