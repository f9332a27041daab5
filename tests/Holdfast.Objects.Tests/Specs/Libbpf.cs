using System.Runtime.InteropServices;
using Holdfast.Isa.Instructions;

namespace Holdfast.Objects.Tests.Specs;

/// <summary>The installed libbpf, as an oracle.</summary>
internal sealed unsafe partial class Libbpf : IDisposable
{
    private const string Library = "libbpf.so.1";

    private readonly nint _object;

    private Libbpf(nint opened)
    {
        _object = opened;
    }

    public static void Require()
    {
        bool isThere = NativeLibrary.TryLoad(Library, out _);
        Assert.SkipUnless(isThere, $"{Library} is not installed on this machine");
        libbpf_set_print(0);
    }

    public static (int Result, int Type, int AttachType) TypeByName(string section)
    {
        int type = 0;
        int attach = 0;
        int result = libbpf_prog_type_by_name(section, &type, &attach);
        return (result, type, attach);
    }

    /// <summary>Opens and loads an object; skips where the kernel refuses.</summary>
    public static Libbpf Load(string path)
    {
        Require();
        nint opened = bpf_object__open_file(path, 0);
        Assert.NotEqual(0, opened);
        var loaded = new Libbpf(opened);
        for (nint map = bpf_object__next_map(opened, 0); map != 0; map = bpf_object__next_map(opened, map))
            Assert.Equal(0, bpf_map__set_pin_path(map, 0));
        int result = bpf_object__load(opened);
        if (result is -1 or -13)
        {
            loaded.Dispose();
            Assert.Skip($"bpf(2) refuses to load {Path.GetFileName(path)} here: errno {-result}");
        }

        Assert.Equal(0, result);
        return loaded;
    }

    public Dictionary<string, Instruction[]> Programs()
    {
        Dictionary<string, Instruction[]> programs = [];
        for (nint program = bpf_object__next_program(_object, 0); program != 0; program = bpf_object__next_program(_object, program))
        {
            // Safe: libbpf owns that many instructions until the object is closed.
            var code = new ReadOnlySpan<Instruction>((void*)bpf_program__insns(program), (int)bpf_program__insn_cnt(program));
            programs.Add(Marshal.PtrToStringUTF8(bpf_program__name(program))!, code.ToArray());
        }

        return programs;
    }

    public List<LibbpfMap> Maps()
    {
        List<LibbpfMap> maps = [];
        for (nint map = bpf_object__next_map(_object, 0); map != 0; map = bpf_object__next_map(_object, map))
        {
            maps.Add(new(
                Marshal.PtrToStringUTF8(bpf_map__name(map))!,
                bpf_map__type(map),
                bpf_map__key_size(map),
                bpf_map__value_size(map),
                bpf_map__max_entries(map),
                bpf_map__map_flags(map),
                bpf_map__map_extra(map),
                bpf_map__btf_key_type_id(map),
                bpf_map__btf_value_type_id(map)));
        }

        return maps;
    }

    public void Dispose() => bpf_object__close(_object);

    [LibraryImport(Library)]
    private static partial nint libbpf_set_print(nint function);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int libbpf_prog_type_by_name(string name, int* type, int* attachType);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint bpf_object__open_file(string path, nint options);

    [LibraryImport(Library)]
    private static partial int bpf_object__load(nint opened);

    [LibraryImport(Library)]
    private static partial void bpf_object__close(nint opened);

    [LibraryImport(Library)]
    private static partial nint bpf_object__next_program(nint opened, nint previous);

    [LibraryImport(Library)]
    private static partial nint bpf_program__name(nint program);

    [LibraryImport(Library)]
    private static partial nint bpf_program__insns(nint program);

    [LibraryImport(Library)]
    private static partial nint bpf_program__insn_cnt(nint program);

    [LibraryImport(Library)]
    private static partial nint bpf_object__next_map(nint opened, nint previous);

    [LibraryImport(Library)]
    private static partial int bpf_map__set_pin_path(nint map, nint path);

    [LibraryImport(Library)]
    private static partial nint bpf_map__name(nint map);

    [LibraryImport(Library)]
    private static partial uint bpf_map__type(nint map);

    [LibraryImport(Library)]
    private static partial uint bpf_map__key_size(nint map);

    [LibraryImport(Library)]
    private static partial uint bpf_map__value_size(nint map);

    [LibraryImport(Library)]
    private static partial uint bpf_map__max_entries(nint map);

    [LibraryImport(Library)]
    private static partial uint bpf_map__map_flags(nint map);

    [LibraryImport(Library)]
    private static partial ulong bpf_map__map_extra(nint map);

    [LibraryImport(Library)]
    private static partial uint bpf_map__btf_key_type_id(nint map);

    [LibraryImport(Library)]
    private static partial uint bpf_map__btf_value_type_id(nint map);
}
