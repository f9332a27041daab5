using System.Buffers.Binary;
using System.Collections.Immutable;

namespace Holdfast.Btf.Extension;

/// <summary>Reads <c>.BTF.ext</c> (<c>struct btf_ext_header</c> and its three parts).</summary>
internal sealed class BtfExtensionReader(BtfGraph graph)
{
    private const int HeaderWithoutRelocations = 24;
    private const int HeaderSize = 32;
    private bool _bigEndian;

    private delegate T RecordReader<T>(ReadOnlySpan<byte> record);

    private delegate BtfDiagnostic? RecordCheck<T>(T record, int offset);

    public ImmutableArray<BtfExtensionSection<BtfFunctionInfo>> Functions { get; private set; } = [];

    public ImmutableArray<BtfExtensionSection<BtfLineInfo>> Lines { get; private set; } = [];

    public ImmutableArray<BtfExtensionSection<CoreRelocationRecord>> Relocations { get; private set; } = [];

    /// <summary>Reads all; returns what is wrong, or null.</summary>
    public BtfDiagnostic? TryRead(ReadOnlySpan<byte> data)
    {
        BtfDiagnostic? bad = CheckHeader(data);
        if (bad is not null)
        {
            return bad;
        }

        bad = TryReadPart(data, 8, 8, r => new BtfFunctionInfo(Word(r, 0), Word(r, 1)), Check, out var functions);
        Functions = functions;
        if (bad is null)
        {
            bad = TryReadPart(data, 16, 16, r => new BtfLineInfo(Word(r, 0), Word(r, 1), Word(r, 2), Word(r, 3)), Check, out var lines);
            Lines = lines;
        }

        if (bad is null && Word(data, 1) >= HeaderSize)
        {
            bad = TryReadPart(
                data, 24, 16, r => new CoreRelocationRecord(Word(r, 0), Word(r, 1), Word(r, 2), (CoreRelocationKind)Word(r, 3)), Check, out var relocations);
            Relocations = relocations;
        }

        return bad;
    }

    private BtfDiagnostic? Check(BtfFunctionInfo record, int offset) => CheckTypeId(record.TypeId, offset);

    private BtfDiagnostic? Check(BtfLineInfo record, int offset) =>
        CheckString(record.FileNameOffset, offset + 4) ?? CheckString(record.TextOffset, offset + 8);

    private BtfDiagnostic? Check(CoreRelocationRecord record, int offset)
    {
        if (record.Kind > CoreRelocationKind.TypeMatches)
        {
            return new(BtfDiagnosticId.UnknownRelocationKind, offset + 12, $"unknown kind {(uint)record.Kind} of CO-RE relocation");
        }

        return CheckTypeId(record.TypeId, offset) ?? CheckString(record.AccessOffset, offset + 8);
    }

    private BtfDiagnostic? CheckTypeId(uint id, int offset) => id < graph.Count
        ? null
        : new(BtfDiagnosticId.InvalidTypeId, offset + 4, $"a record of .BTF.ext names the type {id}, there are {graph.Count}");

    private BtfDiagnostic? CheckString(uint name, int offset) => name < graph.StringEnd
        ? null
        : new(BtfDiagnosticId.NameOutOfRange, offset, "a record of .BTF.ext has a string outside the strings");

    private BtfDiagnostic? CheckHeader(ReadOnlySpan<byte> data)
    {
        if (data.Length < 8)
        {
            return new(BtfDiagnosticId.TruncatedHeader, data.Length, ".BTF.ext ends before its header");
        }

        ushort magic = BinaryPrimitives.ReadUInt16LittleEndian(data);
        _bigEndian = magic == BtfHeader.SwappedMagic;
        if (magic is not (BtfHeader.Magic or BtfHeader.SwappedMagic))
        {
            return new(BtfDiagnosticId.InvalidMagic, 0, ".BTF.ext has an invalid magic number");
        }

        if (data[2] != 1)
        {
            return new(BtfDiagnosticId.UnsupportedVersion, 2, $".BTF.ext has version {data[2]}, known is 1");
        }

        if (data[3] != 0)
        {
            return new(BtfDiagnosticId.UnsupportedFlags, 3, ".BTF.ext has flags, and none is known");
        }

        uint length = Word(data, 1);
        if (length < HeaderWithoutRelocations || length > data.Length)
        {
            return new(BtfDiagnosticId.TruncatedHeader, 4, $".BTF.ext has a header of {length} bytes and {data.Length} in all");
        }

        return null;
    }

    /// <summary>Reads the part whose offset and length stand at <paramref name="field"/> of the header.</summary>
    private BtfDiagnostic? TryReadPart<T>(
        ReadOnlySpan<byte> data, int field, int minimumSize, RecordReader<T> read, RecordCheck<T> check,
        out ImmutableArray<BtfExtensionSection<T>> sections)
    {
        sections = [];
        long start = (long)Word(data, 1) + Word(data, field / 4);
        uint length = Word(data, (field / 4) + 1);
        if (length == 0)
        {
            return null;
        }

        if (start % 4 != 0 || start + length > data.Length)
        {
            return new(BtfDiagnosticId.InvalidSection, field, "a part of .BTF.ext is misaligned or ends after the data");
        }

        ReadOnlySpan<byte> part = data.Slice((int)start, (int)length);
        if (length < 4 || Word(part, 0) < minimumSize || Word(part, 0) % 4 != 0 || Word(part, 0) > length)
        {
            return new(BtfDiagnosticId.InvalidRecordSize, (int)start, $"invalid record size in .BTF.ext, at least {minimumSize} is needed");
        }

        return TryReadSections(part, (int)start, (int)Word(part, 0), read, check, out sections);
    }

    private BtfDiagnostic? TryReadSections<T>(
        ReadOnlySpan<byte> part, int start, int recordSize, RecordReader<T> read, RecordCheck<T> check,
        out ImmutableArray<BtfExtensionSection<T>> sections)
    {
        sections = [];
        var found = ImmutableArray.CreateBuilder<BtfExtensionSection<T>>();
        for (int at = 4; at < part.Length;)
        {
            if (part.Length - at < 8)
            {
                return new(BtfDiagnosticId.TruncatedType, start + at, "a section's head in .BTF.ext ends after its part");
            }

            uint name = Word(part[at..], 0);
            uint count = Word(part[at..], 1);
            if (count == 0)
            {
                return new(BtfDiagnosticId.NoRecords, start + at + 4, "a section of .BTF.ext has no records");
            }

            if (name >= graph.StringEnd)
            {
                return new(BtfDiagnosticId.NameOutOfRange, start + at, "a section of .BTF.ext has a name outside the strings");
            }

            at += 8;
            if ((ulong)count * (ulong)recordSize > (ulong)(part.Length - at))
            {
                return new(BtfDiagnosticId.TruncatedType, start + at, "the records of a section in .BTF.ext end after their part");
            }

            var records = ImmutableArray.CreateBuilder<T>((int)count);
            for (uint i = 0; i < count; i++, at += recordSize)
            {
                T record = read(part.Slice(at, recordSize));
                if (check(record, start + at) is { } wrong)
                {
                    return wrong;
                }

                records.Add(record);
            }

            found.Add(new(graph.GetString(name), records.MoveToImmutable()));
        }

        sections = found.ToImmutable();
        return null;
    }

    private uint Word(ReadOnlySpan<byte> data, int index) => _bigEndian
        ? BinaryPrimitives.ReadUInt32BigEndian(data[(index * 4)..])
        : BinaryPrimitives.ReadUInt32LittleEndian(data[(index * 4)..]);
}
