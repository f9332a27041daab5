using System.Buffers.Binary;

namespace Holdfast.Btf;

/// <summary>
/// First pass over a blob: header, sections, and where each type starts. What it lets through can be read without
/// going outside the data.
/// </summary>
internal static class BtfIndexer
{
    /// <summary>The kernel's limit (<c>BTF_MAX_TYPE</c>).</summary>
    public const uint MaxTypes = 0x000fffff;

    /// <summary>Reads header and sections; returns what is wrong, or null.</summary>
    public static BtfDiagnostic? TryReadSections(ReadOnlySpan<byte> data, bool hasBase, out BtfHeader header, out bool bigEndian)
    {
        if (BtfHeader.TryRead(data, out header, out bigEndian) is { } wrong)
        {
            return wrong;
        }

        if (header.TypeOffset % 4 != 0)
        {
            return new(BtfDiagnosticId.InvalidSection, 8, "Unaligned type_off");
        }

        if (header.TypeStart + header.TypeLength > data.Length)
        {
            return new(BtfDiagnosticId.InvalidSection, 12, "the type section ends after the data");
        }

        if (header.StringStart + header.StringLength > data.Length)
        {
            return new(BtfDiagnosticId.InvalidSection, 20, "the string section ends after the data");
        }

        return CheckStrings(data.Slice((int)header.StringStart, (int)header.StringLength), hasBase, header);
    }

    /// <summary>Finds the start of each type, relative to <paramref name="types"/>; <paramref name="firstByte"/> is for messages.</summary>
    public static BtfDiagnostic? TryIndex(ReadOnlySpan<byte> types, uint firstId, int firstByte, out int[] offsets)
    {
        offsets = [];
        if (Walk(types, firstId, firstByte, [], out int count) is { } wrong)
        {
            return wrong;
        }

        offsets = GC.AllocateUninitializedArray<int>(count);
        return Walk(types, firstId, firstByte, offsets, out _);
    }

    private static BtfDiagnostic? CheckStrings(ReadOnlySpan<byte> strings, bool hasBase, BtfHeader header)
    {
        if (strings.IsEmpty)
        {
            return hasBase ? null : new(BtfDiagnosticId.InvalidStringSection, 20, "Invalid string section");
        }

        if (strings[^1] != 0 || (!hasBase && strings[0] != 0))
        {
            return new(BtfDiagnosticId.InvalidStringSection, (int)header.StringStart, "Invalid string section");
        }

        return null;
    }

    private static BtfDiagnostic? Walk(ReadOnlySpan<byte> types, uint firstId, int firstByte, Span<int> offsets, out int count)
    {
        count = 0;
        int at = 0;
        while (at < types.Length)
        {
            uint id = firstId + (uint)count;
            if (types.Length - at < RawType.FixedSize)
            {
                return new(BtfDiagnosticId.TruncatedType, firstByte + at, "a type's record ends after the type section", id);
            }

            uint info = BinaryPrimitives.ReadUInt32LittleEndian(types[(at + 4)..]);
            int tail = RawType.TailSize(info);
            if (tail < 0)
            {
                return new(BtfDiagnosticId.UnknownKind, firstByte + at + 4, $"Invalid kind:{(int)RawType.KindOf(info)}", id);
            }

            if (types.Length - at - RawType.FixedSize < tail)
            {
                return new(BtfDiagnosticId.TruncatedType, firstByte + at, "a type's record ends after the type section", id);
            }

            if (id > MaxTypes)
            {
                return new(BtfDiagnosticId.TooManyTypes, firstByte + at, "Too many types", id);
            }

            if (!offsets.IsEmpty)
            {
                offsets[count] = at;
            }

            at += RawType.FixedSize + tail;
            count++;
        }

        return null;
    }
}
