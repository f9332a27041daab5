using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Holdfast.Cli.Replay.Records;
using Holdfast.Isa.Abi;
using Holdfast.Verifier;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Cli.Replay;

/// <summary>
/// The verdict on a program whose maps the engine can't make: the verifier needs to know only what they are, not to have them.
/// Descriptors are made up: the index of the map plus <see cref="FirstDescriptor"/>, which no record names by itself.
/// </summary>
internal sealed class DescribedVerification(RecordedProgram record, BtfSet btf, RecordingFolder folder)
{
    private const int FirstDescriptor = 0x4000_0000;

    private readonly MapDescription?[] _maps = new MapDescription?[record.Maps.Length];

    /// <summary>Verifies the program.</summary>
    /// <returns>The verdict.</returns>
    public Verdict Verify()
    {
        if (ProgramTypes.Find((ProgramType)record.ProgTypeId) is not { } type)
            return new Verdict(false, Errno.EINVAL, $"program type {record.ProgTypeId} is not known");
        int[] descriptors = [.. Enumerable.Range(FirstDescriptor, record.Maps.Length)];
        VerificationReport report = ProgramVerifier.Verify(new VerificationRequest
        {
            Type = type,
            Instructions = ImmutableCollectionsMarshal.AsImmutableArray(RecordedCode.Of(record, descriptors)),
            AttachType = (AttachType)record.AttachType,
            Flags = (ProgramFlags)record.Flags,
            Name = record.ProgName,
            License = record.License,
            ResolveMap = Resolve,
            Btf = btf.Graph(record.Btf),
            Functions = [.. Records(record.FuncInfo, record.FuncInfoRecSize).Select(words => new FunctionInfo((int)words[0], words[1]))],
            Lines = [.. Records(record.LineInfo, record.LineInfoRecSize).Select(words => new LineInfo((int)words[0], words[1], words[2], words[3]))],
            KernelBtf = folder.KernelTypes,
            AttachBtfId = record.AttachBtf?.Id ?? 0,
        }).Report;
        return new Verdict(report.Accepted, report.Error, report.Reason);
    }

    private MapDescription? Resolve(int descriptor)
    {
        int index = descriptor - FirstDescriptor;
        return (uint)index < (uint)_maps.Length ? Describe(index) : null;
    }

    private MapDescription Describe(int index)
    {
        RecordedMap map = record.Maps[index];
        return _maps[index] ??= new MapDescription
        {
            Id = (uint)index + 1,
            Type = (MapType)map.Type,
            KeySize = map.KeySize,
            ValueSize = map.ValueSize,
            MaxEntries = map.MaxEntries,
            Flags = (MapFlags)map.Flags,
            Name = map.Name,
            Extra = MapSet.Extra(map),
            Btf = btf.Graph(map.Btf),
            BtfKeyTypeId = map.KeyTypeId,
            BtfValueTypeId = map.ValueTypeId,
            Inner = map.Inner is { } inner ? Describe(inner) : null,
            Constants = Constants(map),
        };
    }

    private static byte[]? Constants(RecordedMap map)
    {
        bool constant = map is { Type: (uint)MapType.Array, MaxEntries: 1, Frozen: true }
            && ((MapFlags)map.Flags).HasFlag(MapFlags.ReadOnlyProgram);
        if (!constant)
            return null;
        return MapSet.Padded(map.Updates.Length > 0 ? map.Updates[0].Value.GetString()! : "", (int)map.ValueSize);
    }

    private static IEnumerable<uint[]> Records(string table, uint size)
    {
        byte[] bytes = Convert.FromBase64String(table);
        return size == 0 ? [] : bytes.Chunk((int)size).Select(record => MemoryMarshal.Cast<byte, uint>(record).ToArray());
    }
}
