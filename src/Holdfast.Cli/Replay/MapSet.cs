using System.Runtime.InteropServices;
using Holdfast.Cli.Replay.Records;
using Holdfast.Isa.Abi;

namespace Holdfast.Cli.Replay;

/// <summary>The maps of one recorded program in an engine, with what they hold.</summary>
internal sealed class MapSet : IDisposable
{
    private const uint ArenaBase = 1u << 30;

    private readonly IBpfEngine _engine;
    private readonly RecordedProgram _record;
    private readonly BtfSet _btf;
    private readonly int[] _descriptors;
    private readonly int _slots;

    private MapSet(IBpfEngine engine, RecordedProgram record, BtfSet btf)
    {
        _engine = engine;
        _record = record;
        _btf = btf;
        _slots = ((IExecutionSlots)engine).ExecutionSlots;
        _descriptors = new int[record.Maps.Length];
    }

    /// <summary>Descriptors by index of the map.</summary>
    public ReadOnlySpan<int> Descriptors => _descriptors;

    /// <summary>
    /// Why programs can't be run with these maps; empty if they can. What a program array or an array of descriptors holds doesn't
    /// matter to the verifier, so the verdict stands without it.
    /// </summary>
    public string Hindrance { get; private set; } = "";

    /// <summary>CPUs that a per-CPU value has a slot for.</summary>
    public int Slots => _slots;

    /// <summary>Creates and fills all maps.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="record">The program.</param>
    /// <param name="btf">BTF objects.</param>
    /// <param name="maps">The maps.</param>
    /// <param name="reason">What the engine can't do.</param>
    /// <returns>Whether all are as recorded.</returns>
    public static bool TryCreate(IBpfEngine engine, RecordedProgram record, BtfSet btf, out MapSet maps, out string reason)
    {
        maps = new MapSet(engine, record, btf);
        reason = "";
        for (int index = 0; index < record.Maps.Length; index++)
        {
            if (!maps.TryCreate(index, out reason))
                return false;
        }

        for (int index = 0; index < record.Maps.Length; index++)
        {
            if (!maps.TryFill(index, out reason))
                return false;
        }

        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (int descriptor in _descriptors)
        {
            if (descriptor > 0)
                _engine.Close(descriptor);
        }
    }

    /// <summary>A value as commands carry it: the recording leaves out zeros at its end.</summary>
    public static byte[] Padded(string hex, int size)
    {
        byte[] bytes = Convert.FromHexString(hex);
        if (bytes.Length < size)
            Array.Resize(ref bytes, size);
        return bytes;
    }

    private bool TryCreate(int index, out string reason)
    {
        reason = "";
        if (_descriptors[index] > 0)
            return true;
        RecordedMap map = _record.Maps[index];
        if (map.Inner is { } inner && !TryCreate(inner, out reason))
            return false;
        bool hasTypes = map.KeyTypeId != 0 || map.ValueTypeId != 0 || map.Btf is not null;
        int descriptor = _engine.MapCreate(new MapCreateAttribute
        {
            MapType = (MapType)map.Type,
            KeySize = map.KeySize,
            ValueSize = map.ValueSize,
            MaxEntries = map.MaxEntries,
            MapFlags = (MapFlags)map.Flags,
            MapName = ObjectName.From(map.Name),
            InnerMapFd = map.Inner is { } template ? (uint)_descriptors[template] : 0,
            BtfFd = hasTypes ? (uint)_btf.Descriptor(map.Btf) : 0,
            BtfKeyTypeId = map.KeyTypeId,
            BtfValueTypeId = map.ValueTypeId,
            MapExtra = Extra(map),
        });
        if (descriptor < 0)
        {
            reason = $"{MapTraits.Name(map.Type)} maps can't be created here [{(Errno)(-descriptor)}]";
            return false;
        }

        _descriptors[index] = descriptor;
        return true;
    }

    /// <summary>The recorder gave an arena its place in memory by mapping it; here the place is said at creation.</summary>
    public static ulong Extra(RecordedMap map) =>
        (MapType)map.Type == MapType.Arena && map.MapExtra == 0 ? (ulong)ArenaBase << 14 : map.MapExtra;

    private bool TryFill(int index, out string reason)
    {
        RecordedMap map = _record.Maps[index];
        foreach (RecordedUpdate update in map.Updates)
        {
            int result = update.Member is { } member ? SetMember(index, update, member) : SetBytes(index, update);
            if (result >= 0)
                continue;
            string failure = $"{MapTraits.Name(map.Type)} maps can't be filled here [{(Errno)(-result)}]";
            if (MapTraits.HoldsDescriptors(map.Type))
            {
                Hindrance = failure;
                continue;
            }

            reason = failure;
            return false;
        }

        int frozen = map.Frozen ? _engine.MapFreeze(_descriptors[index]) : 0;
        reason = frozen < 0 ? $"{MapTraits.Name(map.Type)} maps can't be frozen here [{(Errno)(-frozen)}]" : "";
        return frozen == 0;
    }

    private int SetBytes(int index, RecordedUpdate update)
    {
        RecordedMap map = _record.Maps[index];
        byte[] value = Padded(update.Value.GetString()!, MapTraits.ValueBytes(map, _slots));
        return _engine.MapUpdate(_descriptors[index], Convert.FromHexString(update.Key), value, (UpdateFlags)update.Flags);
    }

    private int SetMember(int index, RecordedUpdate update, RecordedMember member)
    {
        if (member.Map is null && member.Insns is null)
            return 0;
        int descriptor = member.Map is { } map ? _descriptors[map] : LoadMember(member);
        if (descriptor < 0)
            return descriptor;
        int result = _engine.MapUpdate(
            _descriptors[index], Convert.FromHexString(update.Key), MemoryMarshal.AsBytes(new Span<int>(ref descriptor)), (UpdateFlags)update.Flags);
        if (member.Map is null)
            _engine.Close(descriptor);
        return result;
    }

    /// <summary>The array holds the program from now on.</summary>
    private int LoadMember(RecordedMember member) => _engine.ProgLoad(
        new ProgLoadRequest
        {
            Type = (ProgramType)member.ProgType,
            ExpectedAttachType = member.ProgType == _record.ProgTypeId ? (AttachType)_record.AttachType : 0,
            Instructions = RecordedCode.Of(member, _descriptors),
            License = _record.License,
        },
        out _);
}
