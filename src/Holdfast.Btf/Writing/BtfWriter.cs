using System.Buffers.Binary;

namespace Holdfast.Btf.Writing;

/// <summary>Writes graphs as blobs.</summary>
public static class BtfWriter
{
    /// <summary>
    /// Writes a graph's own types from their records, with its strings where they were: what was read from a canonical
    /// blob (header of 24 bytes, types, strings, nothing between) comes out byte for byte.
    /// </summary>
    /// <param name="graph">Graph.</param>
    /// <returns>A little-endian blob.</returns>
    public static byte[] Write(BtfGraph graph)
    {
        var strings = new BtfStringTable(graph);
        var types = new BtfTypeWriter(strings);
        foreach (BtfType type in graph.Types)
        {
            types.Write(type);
        }

        return Assemble(types, strings);
    }

    internal static byte[] Assemble(BtfTypeWriter typeWriter, BtfStringTable stringTable)
    {
        byte[] types = typeWriter.ToArray();
        byte[] strings = stringTable.ToArray();
        byte[] blob = new byte[checked(BtfHeader.Size + types.Length + strings.Length)];
        BinaryPrimitives.WriteUInt16LittleEndian(blob, BtfHeader.Magic);
        blob[2] = 1;
        BinaryPrimitives.WriteInt32LittleEndian(blob.AsSpan(4), BtfHeader.Size);
        BinaryPrimitives.WriteInt32LittleEndian(blob.AsSpan(12), types.Length);
        BinaryPrimitives.WriteInt32LittleEndian(blob.AsSpan(16), types.Length);
        BinaryPrimitives.WriteInt32LittleEndian(blob.AsSpan(20), strings.Length);
        types.CopyTo(blob.AsSpan(BtfHeader.Size));
        strings.CopyTo(blob.AsSpan(BtfHeader.Size + types.Length));
        return blob;
    }
}
