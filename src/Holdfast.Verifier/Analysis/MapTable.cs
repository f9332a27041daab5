using System.Collections.Immutable;
using System.Globalization;
using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;

namespace Holdfast.Verifier.Analysis;

/// <summary>The maps that a program names, and what its 16-byte constants stand for (<c>resolve_pseudo_ldimm64</c>).</summary>
internal sealed class MapTable(VerificationRequest request)
{
    private const int MaximumMaps = 64;
    private const uint MaximumValueOffset = 1 << 29;

    private readonly VerificationRequest _request = request;
    private readonly List<MapDescription> _maps = [];
    private readonly Dictionary<int, MapDescription> _byInstruction = [];

    public IReadOnlyList<MapDescription> Maps => _maps;

    public MapDescription? Arena { get; private set; }

    public MapDescription At(int instruction) => _byInstruction[instruction];

    public int IndexOf(MapDescription map) => _maps.IndexOf(map);

    /// <summary>The special fields of the program's maps and objects.</summary>
    public SpecialFields Fields { get; } = new(request.KernelBtf);

    /// <summary>Checks opcodes and resolves descriptors, in the order of slots.</summary>
    public void Resolve()
    {
        ImmutableArray<Instruction> code = _request.Instructions;
        for (int i = 0; i < code.Length; i++)
        {
            Instruction instruction = code[i];
            bool isLoad = instruction.MemoryMode is MemoryMode.Mem or MemoryMode.MemSx;
            if (instruction.Class == InstructionClass.Ldx && (!isLoad || instruction.Immediate != 0))
            {
                throw new Rejection(Errno.EINVAL, "BPF_LDX uses reserved fields", i);
            }

            if (instruction.IsLoadImmediate64)
            {
                if (Refusals.Of(code.AsSpan(), i) is { } refusal)
                {
                    throw new Rejection(Errno.EINVAL, refusal, i);
                }

                ResolveLoad(instruction, i);
                i++;
                continue;
            }

            ReadOnlySpan<InstructionForm> forms = Opcodes.Of(instruction.Opcode);
            if (forms.IsEmpty || !forms[0].AcceptedByLinux)
            {
                throw new Rejection(Errno.EINVAL, string.Create(CultureInfo.InvariantCulture, $"unknown opcode {instruction.Opcode:x2}"), i);
            }
        }
    }

    private void ResolveLoad(Instruction instruction, int index)
    {
        PseudoLoad kind = instruction.PseudoLoad;
        if (kind is PseudoLoad.Constant or PseudoLoad.Function)
        {
            return;
        }

        if (kind == PseudoLoad.BtfId)
        {
            // Variables of the kernel: there are none in user space.
            throw _request.KernelBtf is { } types && types.TryGetType((uint)instruction.Immediate, out BtfType? type)
                ? Refuse(Errno.ENOENT, $"ldimm64 failed to find the address for kernel symbol '{type.Name}'.", index)
                : Refuse(Errno.EINVAL, $"ldimm64 insn specifies invalid btf_id {instruction.Immediate}.", index);
        }

        int descriptor = instruction.Immediate;
        if (kind is PseudoLoad.MapIndex or PseudoLoad.MapIndexValue)
        {
            if (_request.DescriptorArray.IsEmpty)
            {
                throw Refuse(Errno.EPROTO, $"fd_idx without fd_array is invalid", index);
            }

            if ((uint)descriptor >= (uint)_request.DescriptorArray.Length)
            {
                throw Refuse(Errno.EINVAL, $"fd {descriptor} is not pointing to valid bpf_map", index);
            }

            descriptor = _request.DescriptorArray[descriptor];
        }

        MapDescription map = _request.ResolveMap(descriptor) ?? throw Refuse(Errno.EBADF, $"fd {descriptor} is not pointing to valid bpf_map", index);
        Add(map, index);
        _byInstruction[index] = map;
        if (kind is PseudoLoad.MapValue or PseudoLoad.MapIndexValue)
        {
            CheckValueOffset(map, (uint)_request.Instructions[index + 1].Immediate, index);
        }
    }

    private static void CheckValueOffset(MapDescription map, uint offset, int index)
    {
        if (offset >= MaximumValueOffset)
        {
            throw Refuse(Errno.EINVAL, $"direct value offset of {offset} is not allowed", index);
        }

        if (map.Type is not (MapType.Array or MapType.Arena))
        {
            throw Refuse(Errno.EINVAL, $"no direct value access support for this map type", index);
        }

        if (map.Type == MapType.Arena ? offset >= (ulong)map.MaxEntries * 4096 : map.MaxEntries != 1)
        {
            throw Refuse(map.Type == MapType.Arena ? Errno.ERANGE : Errno.ENOTSUPP, $"invalid access to map value pointer, value_size={map.ValueSize} off={offset}", index);
        }

        if (map.Type == MapType.Array && offset >= map.ValueSize)
        {
            throw Refuse(Errno.EINVAL, $"invalid access to map value pointer, value_size={map.ValueSize} off={offset}", index);
        }
    }

    private void Add(MapDescription map, int index)
    {
        if (_maps.Contains(map))
        {
            return;
        }

        if (_maps.Count >= MaximumMaps)
        {
            throw Refuse(Errno.E2BIG, $"The total number of maps per program has reached the limit of {MaximumMaps}", index);
        }

        CheckCompatible(map, index);
        _maps.Add(map);
    }

    /// <summary>Maps that a type of program can't use (<c>check_map_prog_compatibility</c>).</summary>
    private void CheckCompatible(MapDescription map, int index)
    {
        ProgramType type = _request.Type.Type;
        bool isTracing = type is ProgramType.Kprobe or ProgramType.Tracepoint or ProgramType.PerfEvent or ProgramType.RawTracepoint or ProgramType.RawTracepointWritable;
        if (Fields.Has(map, SpecialFieldKind.ListHead) || Fields.Has(map, SpecialFieldKind.TreeRoot))
        {
            if (isTracing)
            {
                throw Refuse(Errno.EINVAL, $"tracing progs cannot use bpf_{{list_head,rb_root}} yet", index);
            }
        }

        if (Fields.Has(map, SpecialFieldKind.SpinLock) || Fields.Has(map, SpecialFieldKind.ResilientLock))
        {
            if (type == ProgramType.SocketFilter)
            {
                throw Refuse(Errno.EINVAL, $"socket filter progs cannot use bpf_spin_lock yet", index);
            }

            if (isTracing)
            {
                throw Refuse(Errno.EINVAL, $"tracing progs cannot use bpf_spin_lock yet", index);
            }
        }

        if (Fields.Has(map, SpecialFieldKind.Timer) && isTracing)
        {
            throw Refuse(Errno.EINVAL, $"tracing progs cannot use bpf_timer yet", index);
        }

        if (Fields.Has(map, SpecialFieldKind.WorkQueue) && isTracing)
        {
            throw Refuse(Errno.EINVAL, $"tracing progs cannot use bpf_wq yet", index);
        }

        if (map.Type == MapType.StructOps)
        {
            throw Refuse(Errno.EINVAL, $"bpf_struct_ops map cannot be used in prog", index);
        }

        if (_request.Flags.HasFlag(ProgramFlags.Sleepable) && map.Type is MapType.ProgArray or MapType.PerfEventArray or MapType.StackTrace
            or MapType.SockMap or MapType.SockHash or MapType.DevMap or MapType.DevMapHash or MapType.CpuMap or MapType.XskMap
            or MapType.CgroupArray or MapType.ReuseportSockArray or MapType.LpmTrie && _request.Flags.HasFlag(ProgramFlags.Sleepable))
        {
            if (_request.Flags.HasFlag(ProgramFlags.Sleepable) && map.Type != MapType.LpmTrie)
            {
                throw Refuse(Errno.EINVAL, $"Sleepable programs can only use array, hash, ringbuf and local storage maps", index);
            }
        }

        if (map.Type == MapType.Arena)
        {
            if (Arena is not null)
            {
                throw Refuse(Errno.EBUSY, $"Only one arena per program", index);
            }

            Arena = map;
        }
    }

    private static Rejection Refuse(Errno error, FormattableString reason, int index) => new(error, reason.ToString(CultureInfo.InvariantCulture), index);
}
