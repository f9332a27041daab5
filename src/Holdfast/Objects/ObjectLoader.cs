using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Objects;

namespace Holdfast;

/// <summary>From a spec to live maps and programs, on any engine.</summary>
internal sealed class ObjectLoader(Bpf bpf, BpfObjectSpec spec, BpfLoadOptions options)
{
    private readonly IBpfEngine _engine = bpf.Engine;
    private readonly KernelEnvironment _kernel = new(options);

    public BpfObject Load()
    {
        CheckPrograms();
        var maps = new LoadedMaps(bpf);
        var programs = new LoadedPrograms();
        try
        {
            LoadBtf(maps);
            new MapLoader(bpf, spec, options, _kernel, maps).Load();
            var loader = new ProgramLoader(_engine, spec, options, _kernel, maps);
            foreach (ProgramSpec program in spec.Programs.Where(program => program.Autoload))
                loader.Load(program, programs);
            FillProgArrays(maps, programs);
            FillTables(maps, programs);
            var loaded = new BpfObject(bpf, spec, maps, programs);
            maps.Pins.Keep();
            maps = null;
            programs = null;
            return loaded;
        }
        finally
        {
            // Nothing stays half-made: what was created and pinned goes again.
            programs?.Dispose();
            maps?.Dispose();
        }
    }

    private void CheckPrograms()
    {
        ProgramSpec? untyped = spec.Programs.FirstOrDefault(program => program.Autoload && program.Type == ProgramType.Unspec);
        if (untyped is not null)
        {
            throw new BpfException(
                Errno.EINVAL, $"program '{untyped.Name}': its section '{untyped.SectionName}' says no program type; name the section as libbpf does, or set ProgramSpec.Type [{Errno.EINVAL}]");
        }
    }

    private void LoadBtf(LoadedMaps maps)
    {
        if (spec.Btf is null)
            return;
        int result = _engine.BtfLoad(spec.Btf.RawBytes.Span);
        if (result < 0 && _engine.LastFailure is null)
        {
            byte[] log = new byte[1 << 16];
            int again = _engine.BtfLoad(spec.Btf.RawBytes.Span, 1, log);
            string text = KernelLog.TextOf(log).Trim();
            string last = text.Length > 0 ? text[(text.LastIndexOf('\n') + 1)..] : "no log";
            throw new BpfException((Errno)(-result), $"the BTF of {spec.Name} was refused: {last} [{(Errno)(-again)}]");
        }

        maps.Btf = Failure.Check(_engine, result, $"load the BTF of {spec.Name}");
    }

    private void FillTables(LoadedMaps maps, LoadedPrograms programs)
    {
        ReadOnlySpan<byte> key = stackalloc byte[sizeof(uint)];
        foreach (MapSpec map in spec.Maps.Where(map => map.Contents == MapContents.StructOps && !options.ReplacedMaps.ContainsKey(map.Name)))
        {
            byte[] value = new StructOpsTable(spec, map, _kernel).Build(programs.ByName);
            int result = _engine.MapUpdate(maps.DescriptorOf(map.Name), key, value);
            Failure.Check(_engine, result, $"fill struct_ops table '{map.Name}'");
        }
    }

    /// <summary>Programs that were left out leave their slots empty.</summary>
    private void FillProgArrays(LoadedMaps maps, LoadedPrograms programs)
    {
        Span<byte> key = stackalloc byte[sizeof(uint)];
        Span<byte> value = stackalloc byte[sizeof(uint)];
        foreach (MapSpec map in spec.Maps.Where(map => map.Type == MapType.ProgArray))
        {
            foreach (MapSlotSpec slot in map.Slots)
            {
                if (!programs.ByName.TryGetValue(slot.Target, out BpfProgram? program))
                    continue;
                BinaryPrimitives.WriteUInt32LittleEndian(key, slot.Index);
                BinaryPrimitives.WriteInt32LittleEndian(value, program.Handle.Descriptor);
                int result = _engine.MapUpdate(maps.DescriptorOf(map.Name), key, value);
                Failure.Check(_engine, result, $"put program '{slot.Target}' into slot {slot.Index} of '{map.Name}'");
            }
        }
    }
}
