using System.Runtime.InteropServices;
using System.Text;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using static Holdfast.Tests.Engines.RawCalls;

namespace Holdfast.Tests.Engines;

/// <summary>BPF_PROG_LOAD: each field, before and after the verifier looks at the program.</summary>
public sealed class ProgramLoadAnswerTests
{
    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void EachFlag(string name) => AnswerSheet.Check(name, "load-flags", sheet =>
    {
        for (int bit = 0; bit < 32; bit++)
            Load(sheet, $"flag {bit}", new() { ProgFlags = (ProgramFlags)(1u << bit) });
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void EachFurtherField(string name) => AnswerSheet.Check(name, "load-fields", sheet =>
    {
        int map = sheet.Bpf.MapCreate(MapType.Array, 4, 4, 1), program = Programs.Accept(sheet.Bpf, Programs.ReturnOne);
        Load(sheet, "nothing more", new());
        Load(sheet, "no instructions", new() { InsnCnt = 0 });
        Load(sheet, "a million and one", new() { InsnCnt = 1_000_001 });
        Load(sheet, "-1 instructions", new() { InsnCnt = uint.MaxValue });
        Load(sheet, "kern_version", new() { KernVersion = 12345 });
        Load(sheet, "ifindex", new() { ProgIfindex = 12345 });
        Load(sheet, "prog_btf_fd, a map", new() { ProgBtfFd = (uint)map });
        Load(sheet, "prog_btf_fd, none", new() { ProgBtfFd = 54321 });
        Load(sheet, "attach_btf_id", new() { AttachBtfId = 1 });
        Load(sheet, "attach_prog_fd, a program", new() { AttachProgFd = (uint)program });
        Load(sheet, "attach_prog_fd, a map", new() { AttachProgFd = (uint)map });
        Load(sheet, "attach_prog_fd, none", new() { AttachProgFd = 54321 });
        Load(sheet, "func_info_cnt without BTF", new() { FuncInfoCnt = 1, FuncInfoRecSize = 8 });
        Load(sheet, "func_info_rec_size alone", new() { FuncInfoRecSize = 8 });
        Load(sheet, "func_info_rec_size 4", new() { FuncInfoRecSize = 4 });
        Load(sheet, "line_info_cnt without BTF", new() { LineInfoCnt = 1, LineInfoRecSize = 16 });
        Load(sheet, "line_info_rec_size alone", new() { LineInfoRecSize = 16 });
        Load(sheet, "line_info_rec_size 4", new() { LineInfoRecSize = 4 });
        Load(sheet, "core_relo_cnt without BTF", new() { CoreReloCnt = 1, CoreReloRecSize = 16 });
        Load(sheet, "core_relo_rec_size alone", new() { CoreReloRecSize = 16 });
        Load(sheet, "core_relo_rec_size 4", new() { CoreReloRecSize = 4 });
        Load(sheet, "prog_token_fd without the flag", new() { ProgTokenFd = 1 });
        Load(sheet, "prog_token_fd", new() { ProgTokenFd = 54321, ProgFlags = (ProgramFlags)(1u << 16) });
        Load(sheet, "prog_token_fd, a map", new() { ProgTokenFd = map, ProgFlags = (ProgramFlags)(1u << 16) });
        Load(sheet, "fd_array_cnt without fd_array", new() { FdArrayCnt = 1 });
        Load(sheet, "signature_size without a signature", new() { SignatureSize = 1 });
        Load(sheet, "keyring_id", new() { KeyringId = 1 });
        sheet.Bpf.Close(map);
        sheet.Bpf.Close(program);
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void TheDescriptorArray(string name) => AnswerSheet.Check(name, "load-fd-array", sheet =>
    {
        int map = sheet.Bpf.MapCreate(MapType.Array, 4, 4, 1), program = Programs.Accept(sheet.Bpf, Programs.ReturnOne);
        foreach ((string what, int[] array) in new[]
        {
            ("a map", new[] { map }), ("twice", [map, map]), ("none", [54321]), ("0", [0]), ("-1", [-1]), ("a program", [program]), ("a map and a program", [map, program]),
        })
        {
            Load(sheet, $"counted: {what}", new() { FdArrayCnt = (uint)array.Length }, array: array);
            Load(sheet, $"used: {what}", new(), "r1 = map[idx:0]\nr0 = 0\nexit", array: array);
            Load(sheet, $"counted and used: {what}", new() { FdArrayCnt = (uint)array.Length }, "r1 = map[idx:0]\nr0 = 0\nexit", array: array);
            Load(sheet, $"its value: {what}", new(), "r1 = map[idx:0][0]+0\nr0 = *(u32 *)(r1 + 0)\nexit", array: array);
        }

        Load(sheet, "index past the counted", new() { FdArrayCnt = 1 }, "r1 = map[idx:1]\nr0 = 0\nexit", array: [map]);
        Load(sheet, "index without an array", new(), "r1 = map[idx:0]\nr0 = 0\nexit");
        sheet.Bpf.Close(map);
        sheet.Bpf.Close(program);
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void LogsOfEachLevelAndSize(string name) => AnswerSheet.Check(name, "load-logs", sheet =>
    {
        foreach (string text in new[] { Programs.ReturnOne, "exit" })
        {
            string what = text == "exit" ? "refused" : "accepted";
            for (uint level = 0; level < 18; level++)
            {
                Load(sheet, $"{what} level {level}, no buffer", new() { LogLevel = level }, text);
                Load(sheet, $"{what} level {level}, a size alone", new() { LogLevel = level, LogSize = 4096 }, text);
                Load(sheet, $"{what} level {level}, 4096 bytes", new() { LogLevel = level, LogSize = 4096 }, text, log: true);
                Load(sheet, $"{what} level {level}, no size", new() { LogLevel = level }, text, log: true);
                Load(sheet, $"{what} level {level}, 1 byte", new() { LogLevel = level, LogSize = 1 }, text, log: true);
                Load(sheet, $"{what} level {level}, 2^30 bytes", new() { LogLevel = level, LogSize = 1u << 30 }, text, log: true);
            }
        }
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void Licences(string name) => AnswerSheet.Check(name, "load-licences", sheet =>
    {
        const string Gated = "r1 = r10\nr1 += -8\n*(u64 *)(r10 - 8) = 0\nr2 = 8\nr3 = r10\ncall bpf_probe_read_kernel\nr0 = 0\nexit";
        foreach (string license in new[]
        {
            "", "GPL", "gpl", "GPL v2", "GPL and additional rights", "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL", "MIT", "Proprietary", "GPL ", " GPL", "GPL v3",
            new string('x', 126), new string('x', 127), new string('x', 128), new string('x', 1000), "GPL" + new string(' ', 200),
        })
        {
            string what = $"'{license[..Math.Min(30, license.Length)]}' ({license.Length})";
            Load(sheet, $"{what} plain", new(), license: license);
            Load(sheet, $"{what} a helper for the GPL", new() { ProgType = ProgramType.SchedCls }, Gated, license: license);
        }

        Load(sheet, "none", new(), license: null);
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void AttachTypesOfEachType(string name) => AnswerSheet.Check(name, "load-attach-types", sheet =>
    {
        // Those that attach to a function by its id are left out: this host refuses most of them before it looks. LircMode2 is not built into every kernel.
        foreach (ProgramType type in Enum.GetValues<ProgramType>().Except([ProgramType.Unspec, ProgramType.Tracing, ProgramType.Lsm, ProgramType.StructOps, ProgramType.Ext, ProgramType.LircMode2]))
        {
            for (int attach = 0; attach < 60; attach++)
            {
                ProgramFlags flags = type == ProgramType.Syscall ? (ProgramFlags)(1u << 4) : 0;
                Load(sheet, $"{type} {attach}", new() { ProgType = type, ExpectedAttachType = (AttachType)attach, ProgFlags = flags });
            }
        }
    });

    /// <summary>Tags, sizes, names and ids; what depends on the moment is compared by what must hold of it.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void InfoOfPrograms(string name) => AnswerSheet.Check(name, "program-info", sheet =>
    {
        IBpfEngine bpf = sheet.Bpf;
        int map = bpf.MapCreate(MapType.Array, 4, 4, 1), other = bpf.MapCreate(MapType.Array, 4, 4, 1);
        foreach ((string what, string text, ProgramType type, string license) in new[]
        {
            ("return one", Programs.ReturnOne, ProgramType.SocketFilter, "GPL"),
            ("return one, xdp", Programs.ReturnOne, ProgramType.Xdp, "MIT"),
            ("one map", $"r1 = map[fd:{map}]\nr0 = 1\nexit", ProgramType.SocketFilter, "GPL"),
            ("two maps", $"r1 = map[fd:{other}]\nr1 = map[fd:{map}]\nr1 = map[fd:{other}]\nr0 = 1\nexit", ProgramType.SocketFilter, "GPL"),
            ("a map's value", $"r1 = map[fd:{map}][0]+0\nr0 = *(u32 *)(r1 + 0)\nexit", ProgramType.SchedCls, "Dual BSD/GPL"),
            ("a call", "call +1\nexit\nr0 = 5\nexit", ProgramType.SchedCls, "GPL"),
            ("dead code", "r0 = 1\nif r0 == 1 goto +1\nr0 = 7\nexit", ProgramType.SchedCls, "GPL"),
        })
        {
            int program = bpf.ProgLoad(new ProgLoadRequest { Type = type, Instructions = Programs.Assemble(text), License = license, Name = "some_name.1" }, out _);
            Assert.True(program > 0, $"{what}: {Answer(program)}");
            ProgInfo info = default;
            uint[] maps = new uint[4];
            Assert.Equal(0, bpf.ProgInfo(program, ref info, [], maps, []));
            sheet.Add($"{what} type", $"{info.Type}");
            sheet.Add($"{what} tag", $"{info.Tag:x16}");
            sheet.Add($"{what} name", info.Name.ToString());
            sheet.Add($"{what} licence", $"{info.GplCompatible}");
            sheet.Add($"{what} maps", $"{info.NrMapIds}: {string.Join(' ', maps.Select(id => id == 0 ? "-" : id == bpf.MapId(map) ? "first" : id == bpf.MapId(other) ? "second" : "?"))}");
            sheet.Add($"{what} created by", $"{info.CreatedByUid}");
            sheet.Add($"{what} verified", $"{info.VerifiedInsns}");
            sheet.Add($"{what} BTF, device, attachment", $"{info.BtfId} {info.Ifindex} {info.AttachBtfId} {info.AttachBtfObjId}");
            sheet.Add($"{what} runs", $"{info.RunCnt} {info.RunTimeNs} {info.RecursionMisses}");
            long now = System.Diagnostics.Stopwatch.GetTimestamp();
            Assert.InRange((long)info.LoadTime, now - 60_000_000_000, now + 60_000_000_000);
            ProgInfo room = default;
            Assert.Equal(0, bpf.ProgInfo(program, ref room, new Instruction[1], [7], []));
            sheet.Add($"{what} with little room", $"{room.NrMapIds}");
            bpf.Close(program);
        }

        bpf.Close(map);
        bpf.Close(other);
    });

    private static void Load(
        AnswerSheet sheet, string what, ProgLoadAttribute attribute, string text = Programs.ReturnOne, string? license = "GPL", int[]? array = null, bool log = false)
    {
        Instruction[] instructions = GC.AllocateArray<Instruction>(16, pinned: true);
        Instruction[] program = Programs.Assemble(text);
        program.CopyTo(instructions, 0);
        byte[] licence = GC.AllocateArray<byte>((license?.Length ?? 0) + 1, pinned: true);
        Encoding.ASCII.GetBytes(license ?? "", licence);
        int[] descriptors = GC.AllocateArray<int>(4, pinned: true);
        array?.CopyTo(descriptors, 0);
        byte[] buffer = GC.AllocateArray<byte>(1 << 16, pinned: true);
        attribute.ProgType = attribute.ProgType == 0 ? ProgramType.SocketFilter : attribute.ProgType;
        attribute.InsnCnt = what is "no instructions" ? 0 : attribute.InsnCnt == 0 ? (uint)program.Length : attribute.InsnCnt;
        attribute.Insns = Address(instructions);
        attribute.License = license is null ? 0 : Address(licence);
        attribute.FdArray = array is null ? 0 : Address(descriptors);
        attribute.LogBuf = log ? Address(buffer) : 0;
        int result = sheet.Bpf.Invoke(BpfCommand.ProgLoad, MemoryMarshal.AsBytes(new Span<ProgLoadAttribute>(ref attribute)));
        sheet.Add(what, result);
    }

    private static ulong Address<T>(T[] pinned) => (ulong)Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0);
}
