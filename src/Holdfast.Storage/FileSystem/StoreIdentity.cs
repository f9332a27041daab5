using System.Buffers.Binary;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.FileSystem;

/// <summary>The file <c>store</c>: what a store is, written once, when everything else of it is in place.</summary>
internal sealed record StoreIdentity(uint Version, ObjectFeatures Features, Guid Id, int ExecutionSlots)
{
    /// <summary>Length of the file.</summary>
    internal const int Length = 256;

    /// <summary>The format that this library writes.</summary>
    internal const uint CurrentVersion = 1;

    private static ReadOnlySpan<byte> Magic => "HF-STORE"u8;

    /// <summary>Whether only a newer library may open the store.</summary>
    internal bool IsNewer => Version > CurrentVersion || Features.HasUnknownIncompat;

    /// <summary>Writes the file's bytes.</summary>
    internal byte[] ToBytes()
    {
        byte[] bytes = new byte[Length];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), Version);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(16), Features.Compat);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(24), Features.ReadOnlyCompat);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(32), Features.Incompat);
        _ = Id.TryWriteBytes(bytes.AsSpan(40));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(56), (uint)ExecutionSlots);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), ObjectHeaderCodec.ChecksumOf(bytes));
        return bytes;
    }

    /// <summary>Reads the file's bytes; null if they are not a store's.</summary>
    internal static StoreIdentity? TryParse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < Length || !bytes[..8].SequenceEqual(Magic))
            return null;
        StoreIdentity identity = new(
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]),
            new ObjectFeatures(
                BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]),
                BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]),
                BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..])),
            new Guid(bytes.Slice(40, 16)),
            (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes[56..]));
        if (identity.IsNewer)
            return identity;
        Span<byte> unsummed = stackalloc byte[Length];
        bytes[..Length].CopyTo(unsummed);
        unsummed.Slice(12, 4).Clear();
        bool sound = BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]) == ObjectHeaderCodec.ChecksumOf(unsummed)
            && identity.Version != 0 && identity.ExecutionSlots is > 0 and <= Memory.ExecutionSlots.Maximum;
        return sound ? identity : null;
    }
}
