namespace Holdfast;

/// <summary>What a migration of a map's entries did.</summary>
/// <param name="Copied">Entries copied.</param>
/// <param name="Dropped">Fields of the old layout that the new one has no place for, as <c>value.name</c>.</param>
/// <param name="Defaulted">Fields of the new layout that the old one has nothing for: they are zero.</param>
/// <param name="Converted">Fields that are there in both, with another width or other numbers.</param>
/// <param name="DroppedEntries">Entries of an array beyond the new map's end.</param>
public sealed record BpfMigrationReport(
    long Copied, IReadOnlyList<string> Dropped, IReadOnlyList<string> Defaulted, IReadOnlyList<string> Converted, long DroppedEntries);
