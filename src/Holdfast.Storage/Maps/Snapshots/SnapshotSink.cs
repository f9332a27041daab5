using Holdfast.Isa.Abi;

namespace Holdfast.Storage.Maps.Snapshots;

/// <summary>Takes the bytes of a snapshot, one piece after the other.</summary>
/// <param name="bytes">The next bytes.</param>
/// <returns><see cref="Errno.None"/>, or why they can't be written.</returns>
public delegate Errno SnapshotSink(ReadOnlySpan<byte> bytes);
