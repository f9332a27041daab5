using Holdfast.Isa.Abi;

namespace Holdfast.Storage.Maps.Snapshots;

/// <summary>Takes an entry of a map or of a snapshot. The spans are the giver's and change with the next entry.</summary>
/// <param name="key">The key; empty where entries have none.</param>
/// <param name="value">The value.</param>
/// <returns><see cref="Errno.None"/> to go on; anything else ends the walk and is its result.</returns>
public delegate Errno EntryVisitor(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);
