namespace Holdfast.Storage.Maps.Snapshots;

/// <summary>Gives the bytes of a snapshot, one piece after the other.</summary>
/// <param name="bytes">Receives the next bytes.</param>
/// <returns>How many: all that were asked for, fewer only at the end; or a negated error.</returns>
public delegate int SnapshotSource(Span<byte> bytes);
