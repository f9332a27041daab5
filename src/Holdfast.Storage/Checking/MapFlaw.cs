namespace Holdfast.Storage.Checking;

/// <summary>What is wrong with a map's contents.</summary>
/// <param name="What">What was found.</param>
/// <param name="Consequence">What follows from it.</param>
/// <param name="Evidence">Where, and the bytes that were seen there.</param>
/// <param name="IsStructural">Whether a repair may have to leave entries out.</param>
internal readonly record struct MapFlaw(string What, string Consequence, string Evidence, bool IsStructural);
