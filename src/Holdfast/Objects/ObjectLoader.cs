using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Objects;

namespace Holdfast;

/// <summary>From a spec to live maps and programs, on any engine.</summary>
internal sealed class ObjectLoader(Bpf bpf, BpfObjectSpec spec, BpfLoadOptions options)
{
    private readonly IBpfEngine _engine = bpf.Engine;

    public BpfObject Load()
    {
        CheckPrograms();
        using var kernel = new KernelEnvironment(bpf, options);
        var tables = new StructOpsTables(spec, kernel);
        var maps = new LoadedMaps(bpf);
        var programs = new LoadedPrograms();
        try
        {
            LoadBtf(maps);
            new MapLoader(bpf, spec, options, kernel, tables, maps).Load();
            var loader = new ProgramLoader(_engine, spec, options, kernel, tables, maps);
            foreach (ProgramSpec program in spec.Programs.Where(program => program.Autoload && !tables.IsUnused(program)))
                loader.Load(program, programs);
            FillProgArrays(maps, programs);
            FillTables(maps, tables, programs);
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
                Errno.EINVAL, $"program '{untyped.Name}': its section '{untyped.SectionName}' says no program type; name the section as libbpf does, or set ProgramSpec.Type (--type) [{Errno.EINVAL}]");
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

    /// <summary>Programs that were left out leave their slots empty.</summary>
    private void FillProgArrays(LoadedMaps maps, LoadedPrograms programs)
    {
        Span<byte> key = stackalloc byte[sizeof(uint)];
        Span<byte> value = stackalloc byte[sizeof(uint)];
        foreach (MapSpec map in spec.Maps.Where(map => map is { Type: MapType.ProgArray, AutoCreate: true }))
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

    /// <summary>
    /// Tables for links are written at once, which puts nothing to use until the link is made; others when they are registered, for
    /// writing them is what registers.
    /// </summary>
    private void FillTables(LoadedMaps maps, StructOpsTables tables, LoadedPrograms programs)
    {
        Span<byte> key = stackalloc byte[sizeof(uint)];
        key.Clear();
        foreach (MapSpec map in spec.Maps.Where(map => map is { Contents: MapContents.StructOps, AutoCreate: true }))
        {
            if (options.ReplacedMaps.ContainsKey(map.Name) || tables.ValueOf(map.Name, programs) is not { } value)
                continue;
            maps.Tables.Add(map.Name, value);
            if ((map.Flags & MapFlags.Link) == 0)
                continue;
            int result = _engine.MapUpdate(maps.DescriptorOf(map.Name), key, value);
            bool isWhole = tables[map.Name].Functions.All(function => programs.ByName.ContainsKey(function.Program));
            Failure.Check(_engine, result, $"fill struct_ops table '{map.Name}'{(isWhole ? "" : " (the kernel may need an operation that was left out)")}");
        }
    }
}
