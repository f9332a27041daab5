using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Storage;
using Holdfast.Userspace.Maps;
using Holdfast.Verifier;

namespace Holdfast.Userspace.Programs;

/// <summary>The maps that a program being loaded names by descriptor: each is shared once, and described once.</summary>
internal sealed class MapReferences(EngineState engine, int[] descriptorArray) : IDisposable
{
    /// <summary>Most maps that one program may use (<c>MAX_USED_MAPS</c>).</summary>
    public const int MaximumMaps = 64;

    private readonly Dictionary<int, MapInstance?> _byDescriptor = [];
    private readonly Dictionary<MapInstance, MapDescription> _descriptions = [];
    private Errno _refused;

    /// <summary>The descriptor array of the load attribute.</summary>
    public int[] DescriptorArray => descriptorArray;

    /// <summary>The map behind a descriptor, as the verifier sees it.</summary>
    public MapDescription? Describe(int descriptor)
    {
        if (Find(descriptor) is not { } map)
            return null;
        if (!_descriptions.TryGetValue(map, out MapDescription? description))
            _descriptions[map] = description = map.Describe();
        return description;
    }

    /// <summary>
    /// Takes the maps of a descriptor array whose length is told: the program holds them whether it names them or not, and all must be maps
    /// or types (<c>process_fd_array</c>).
    /// </summary>
    public bool TryBindArray(int count, [NotNullWhen(false)] out StorageError? error)
    {
        error = null;
        foreach (int descriptor in descriptorArray.AsSpan(0, count))
        {
            if (Describe(descriptor) is null && !engine.Btfs.TryIdOf((uint)descriptor, out _, out error))
                return false;
            if (descriptor == 0)
                error = new StorageError(Errno.EINVAL, "descriptor 0 is neither a map nor BTF");
            if (error is not null)
                return false;
        }

        return true;
    }

    /// <summary>The verifier says EBADF of whatever is no map; the kernel says so only of what is no descriptor (<c>__bpf_map_get</c>).</summary>
    public Errno Refine(Errno verdict) => verdict == Errno.EBADF && _refused != Errno.None ? _refused : verdict;

    /// <summary>
    /// A per-CPU map of another store: its values are kept by that store's execution slots, and a run here holds one of ours, which would let
    /// two runs at once write one value. Null if there is none.
    /// </summary>
    public MapInstance? ForeignPerCpu => _descriptions.Keys.FirstOrDefault(map => map.IsPerCpu && !map.File.IsOf(engine.Store));

    /// <summary>Whether the program may use all of them; prog arrays become its type's (<c>bpf_check_tail_call</c>).</summary>
    public bool TryBind(VerifiedProgram program) => _descriptions.Keys.All(map => map.TryBind(program));

    /// <summary>Hands out a share of each map that the program names, dead code included, in the order of first mention.</summary>
    public ImmutableArray<MapInstance> Take()
    {
        foreach (MapInstance map in _descriptions.Keys)
        {
            if (!map.TryAddUser())
                throw new System.Diagnostics.UnreachableException($"map {map.Key} went while its program was loaded");
        }

        return [.. _descriptions.Keys];
    }

    /// <summary>The instructions with each map named by its place in the program's list.</summary>
    public ImmutableArray<Instruction> ByIndex(ImmutableArray<Instruction> instructions, ImmutableArray<MapInstance> maps)
    {
        ImmutableArray<Instruction>.Builder result = instructions.ToBuilder();
        for (int slot = 0; slot < result.Count; slot++)
        {
            Instruction instruction = result[slot];
            if (!instruction.IsLoadImmediate64)
                continue;
            PseudoLoad kind = (PseudoLoad)instruction.Source;
            bool byIndex = kind is PseudoLoad.MapIndex or PseudoLoad.MapIndexValue;
            if (byIndex || kind is PseudoLoad.MapFd or PseudoLoad.MapValue)
            {
                int descriptor = byIndex ? descriptorArray[instruction.Immediate] : instruction.Immediate;
                PseudoLoad plain = kind is PseudoLoad.MapFd or PseudoLoad.MapIndex ? PseudoLoad.MapFd : PseudoLoad.MapValue;
                int index = maps.IndexOf(Find(descriptor)!);
                result[slot] = new Instruction(instruction.Opcode, instruction.Destination, (byte)plain, instruction.Offset, index);
            }

            slot++;
        }

        return result.MoveToImmutable();
    }

    /// <summary>Gives the shares back; what the program keeps it took with <see cref="Take"/>.</summary>
    public void Dispose()
    {
        foreach (MapInstance? map in _byDescriptor.Values)
            map?.RemoveUser();
    }

    private MapInstance? Find(int descriptor)
    {
        if (!_byDescriptor.TryGetValue(descriptor, out MapInstance? map))
        {
            map = engine.Maps.TryShare(descriptor, out MapInstance? shared, out StorageError? error) ? shared : null;
            _refused = error?.Errno ?? _refused;
            _byDescriptor[descriptor] = map;
        }

        return map;
    }
}
