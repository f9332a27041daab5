using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;
using static Holdfast.Tests.Engines.RawCalls;

namespace Holdfast.Tests.Engines;

/// <summary>BPF_PROG_TEST_RUN of each type: sizes, flags, contexts, what is put out.</summary>
public sealed class TestRunAnswerTests
{
    private const int Room = 8192;

    /// <summary>The index of no interface. Of those that are there the userspace engine knows the loopback only (<c>docs/parity.md</c>).</summary>
    private const uint Nowhere = 900_000_000;

    private static readonly ProgramType[] PacketTypes =
    [
        ProgramType.SocketFilter, ProgramType.SchedCls, ProgramType.SchedAct, ProgramType.Xdp, ProgramType.CgroupSkb,
        ProgramType.LwtIn, ProgramType.LwtOut, ProgramType.LwtXmit, ProgramType.FlowDissector,
    ];

    private static readonly ProgramType[] ContextTypes = [ProgramType.RawTracepoint, ProgramType.Syscall, ProgramType.SkLookup];

    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void PacketsOfEachLength(string name) => EachType(name, "run-packet-lengths", PacketTypes, (sheet, type, program) =>
    {
        foreach (int length in new[] { 0, 1, 13, 14, 15, 33, 34, 53, 54, 64, 1500, 3391, 3392, 3393, 3520, 3521, 3584, 3775, 3776, 3777, 4096 })
        {
            foreach (ushort protocol in new ushort[] { 0x0800, 0x86dd, 0x0806, 0 })
                Run(sheet, $"{type} {length} {protocol:x4}", program, Packet(length, protocol), new());
        }
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void EachFlag(string name) => EachType(name, "run-flags", [.. PacketTypes, .. ContextTypes], (sheet, type, program) =>
    {
        byte[] data = ContextTypes.Contains(type) ? [] : Packet(64, 0x0800);
        for (int bit = 0; bit < 32; bit++)
        {
            // Live frames run on the kernel's network: see docs/parity.md.
            if (type != ProgramType.Xdp || bit != 1)
                Run(sheet, $"{type} flag {bit}", program, data, new() { Flags = 1u << bit });
        }

        Run(sheet, $"{type} cpu 1", program, data, new() { Cpu = 1 });
        Run(sheet, $"{type} batch size 1", program, data, new() { BatchSize = 1 });
        Run(sheet, $"{type} repeat 5", program, data, new() { Repeat = 5 });
        Run(sheet, $"{type} context size without a context", program, data, new() { CtxSizeIn = 8 });
        Run(sheet, $"{type} context room without a context", program, data, new() { CtxSizeOut = 8 });
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void RoomOfEachSize(string name) => EachType(name, "run-rooms", PacketTypes, (sheet, type, program) =>
    {
        foreach (uint room in new uint[] { 0, 1, 10, 63, 64, 65, 4096 })
        {
            Run(sheet, $"{type} data room {room}", program, Packet(64, 0x0800), new() { DataSizeOut = room }, dataOut: true);
            Run(sheet, $"{type} context room {room}", program, Packet(64, 0x0800), new() { CtxSizeOut = room }, contextOut: true);
        }
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void ContextsOfEachLength(string name) => EachType(name, "run-context-lengths", [.. PacketTypes, .. ContextTypes], (sheet, type, program) =>
    {
        foreach (int length in new[] { 1, 4, 8, 12, 16, 20, 24, 28, 56, 60, 64, 68, 72, 73, 95, 96, 97, 104, 184, 192, 193, 200, 256, 4096 })
        {
            byte[] data = ContextTypes.Contains(type) ? [] : Packet(64, 0x0800);
            byte[] context = new byte[length];
            Run(sheet, $"{type} {length}", program, data, new(), context);
            context[^1] = 1;
            Run(sheet, $"{type} {length} and a byte", program, data, new(), context);
        }
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void EachWordOfASkBuff(string name) => EachType(name, "run-skb-context", [ProgramType.SocketFilter, ProgramType.SchedCls, ProgramType.CgroupSkb, ProgramType.LwtXmit], (sheet, type, program) =>
    {
        for (int at = 0; at < 192; at += 4)
        {
            foreach (uint value in new uint[] { 1, Nowhere, 64, 65535, 65536, uint.MaxValue })
            {
                byte[] context = new byte[192];
                BinaryPrimitives.WriteUInt32LittleEndian(context.AsSpan(at), value);
                Run(sheet, $"{type} word {at} {value:x}", program, Packet(64, 0x0800), new() { CtxSizeOut = 192 }, context, contextOut: true);
            }
        }
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void EachWordOfAnXdpContext(string name) => EachType(name, "run-xdp-context", [ProgramType.Xdp], (sheet, type, program) =>
    {
        for (int at = 0; at < 24; at += 4)
        {
            foreach (uint value in at == 12 ? new uint[] { 0, 1, Nowhere, uint.MaxValue } : [0, 1, 2, 4, 8, 32, 36, 60, 64, 68, 256, 4096, uint.MaxValue])
            {
                byte[] context = new byte[24];
                BinaryPrimitives.WriteUInt32LittleEndian(context.AsSpan(4), 64);
                BinaryPrimitives.WriteUInt32LittleEndian(context.AsSpan(at), value);
                Run(sheet, $"{type} word {at} {value:x}", program, Packet(64, 0x0800), new() { CtxSizeOut = 24, DataSizeOut = 100 }, context, contextOut: true, dataOut: true);
            }
        }
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void EachWordOfASocketLookup(string name) => EachType(name, "run-lookup-context", [ProgramType.SkLookup], (sheet, type, program) =>
    {
        for (int at = 0; at < 72; at += 4)
        {
            foreach (uint value in new uint[] { 1, 2, 10, 65535, 65536, uint.MaxValue })
            {
                byte[] context = new byte[72];
                context[8] = 2;
                BinaryPrimitives.WriteUInt32LittleEndian(context.AsSpan(at), value);
                Run(sheet, $"{type} word {at} {value:x}", program, [], new() { CtxSizeOut = 72 }, context, contextOut: true);
            }
        }
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void ContextsThatAProgramWrites(string name) => AnswerSheet.Check(name, "run-context-written", sheet =>
    {
        int syscall = LoadAs(sheet, ProgramType.Syscall, "r0 = *(u32 *)(r1 + 0)\nr0 += 1\n*(u32 *)(r1 + 4) = 77\nexit");
        foreach (int length in new[] { 4, 7, 8, 9, 16, 64 })
        {
            byte[] context = GC.AllocateArray<byte>(length, pinned: true);
            context[0] = 41;
            TestRunAttribute attribute = new() { ProgFd = (uint)syscall, CtxIn = Address(context), CtxSizeIn = (uint)length };
            int result = Invoke(sheet, ref attribute);
            sheet.Add($"syscall {length}", $"{Answer(result)} {attribute.Retval} {Convert.ToHexStringLower(context)}");
        }

        int mark = LoadAs(sheet, ProgramType.SchedCls, "r2 = 5\n*(u32 *)(r1 + 8) = r2\n*(u32 *)(r1 + 32) = r2\n*(u32 *)(r1 + 48) = r2\n*(u32 *)(r1 + 64) = r2\nr0 = -1\nexit");
        Run(sheet, "mark, priority, cb", mark, Packet(64, 0x0800), new() { CtxSizeOut = 192 }, new byte[192], contextOut: true);
        Run(sheet, "mark, priority, cb, without a context", mark, Packet(64, 0x0800), new());
        sheet.Bpf.Close(syscall);
        sheet.Bpf.Close(mark);
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void ReturnValuesAndErrorsBeforeARun(string name) => EachType(name, "run-others", [ProgramType.SocketFilter, ProgramType.Kprobe, ProgramType.Tracepoint, ProgramType.PerfEvent, ProgramType.SockOps, ProgramType.CgroupDevice], (sheet, type, program) =>
    {
        Run(sheet, $"{type} packet", program, Packet(64, 0x0800), new());
        Run(sheet, $"{type} nothing", program, [], new());
        Run(sheet, $"{type} context", program, [], new(), new byte[64]);
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void RepeatsCountAndAddUp(string name) => AnswerSheet.Check(name, "run-repeat", sheet =>
    {
        int map = sheet.Bpf.MapCreate(MapType.Array, 4, 8, 1);
        foreach (ProgramType type in PacketTypes)
        {
            int program = LoadAs(sheet, type, $"r1 = map[fd:{map}][0]+0\nr2 = 1\nlock *(u64 *)(r1 + 0) += r2\nr0 = 1\nexit");
            foreach (uint repeat in new uint[] { 0, 1, 2, 100 })
            {
                byte[] value = new byte[8];
                Assert.Equal(0, sheet.Bpf.MapUpdate(map, new byte[4], value));
                Run(sheet, $"{type} repeat {repeat}", program, Packet(64, 0x0800), new() { Repeat = repeat });
                sheet.Add($"{type} repeat {repeat} counted", sheet.Bpf.MapLookup(map, new byte[4], value), value);
            }

            sheet.Bpf.Close(program);
        }

        sheet.Bpf.Close(map);
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void PacketsThatAProgramWrites(string name) => AnswerSheet.Check(name, "run-packet-written", sheet =>
    {
        foreach ((string what, ProgramType type, string text) in new[]
        {
            ("shorten the head", ProgramType.Xdp, "r2 = 14\ncall bpf_xdp_adjust_head\nexit"),
            ("lengthen the head", ProgramType.Xdp, "r2 = -20\ncall bpf_xdp_adjust_head\nexit"),
            ("lengthen the head too far", ProgramType.Xdp, "r2 = -300\ncall bpf_xdp_adjust_head\nexit"),
            ("shorten the tail", ProgramType.Xdp, "r2 = -30\ncall bpf_xdp_adjust_tail\nexit"),
            ("lengthen the tail", ProgramType.Xdp, "r2 = 30\ncall bpf_xdp_adjust_tail\nexit"),
            ("metadata", ProgramType.Xdp, "r2 = -8\ncall bpf_xdp_adjust_meta\nexit"),
            ("metadata, odd", ProgramType.Xdp, "r2 = -6\ncall bpf_xdp_adjust_meta\nexit"),
            ("store bytes", ProgramType.SchedCls, "*(u64 *)(r10 - 8) = 0x1234567\nr2 = 20\nr3 = r10\nr3 += -8\nr4 = 8\nr5 = 0\ncall bpf_skb_store_bytes\nexit"),
            ("store bytes past the end", ProgramType.SchedCls, "*(u64 *)(r10 - 8) = 1\nr2 = 60\nr3 = r10\nr3 += -8\nr4 = 8\nr5 = 0\ncall bpf_skb_store_bytes\nexit"),
            ("push a tag", ProgramType.SchedCls, "r2 = 129\nr3 = 5\ncall bpf_skb_vlan_push\nexit"),
            ("pop a tag", ProgramType.SchedCls, "call bpf_skb_vlan_pop\nexit"),
            ("change the tail", ProgramType.SchedCls, "r2 = 100\nr3 = 0\ncall bpf_skb_change_tail\nexit"),
            ("change the head", ProgramType.SchedCls, "r2 = 10\nr3 = 0\ncall bpf_skb_change_head\nexit"),
            ("to IPv6", ProgramType.SchedCls, "r2 = 56710\nr3 = 0\ncall bpf_skb_change_proto\nexit"),
            ("change the type", ProgramType.SchedCls, "r2 = 3\ncall bpf_skb_change_type\nexit"),
            ("room at the MAC", ProgramType.SchedCls, "r2 = 20\nr3 = 1\nr4 = 0\ncall bpf_skb_adjust_room\nexit"),
            ("less room at the network header", ProgramType.SchedCls, "r2 = -4\nr3 = 0\nr4 = 0\ncall bpf_skb_adjust_room\nexit"),
            ("fix the checksum of IP", ProgramType.SchedCls, "r2 = 24\nr3 = 1\nr4 = 2\nr5 = 2\ncall bpf_l3_csum_replace\nexit"),
            ("fix the checksum of TCP", ProgramType.SchedCls, "r2 = 50\nr3 = 1\nr4 = 2\nr5 = 18\ncall bpf_l4_csum_replace\nexit"),
            ("pull", ProgramType.SchedCls, "r2 = 64\ncall bpf_skb_pull_data\nexit"),
            ("redirect", ProgramType.SchedCls, "r1 = 1\nr2 = 0\ncall bpf_redirect\nexit"),
            ("redirect a frame", ProgramType.Xdp, "r1 = 1\nr2 = 0\ncall bpf_redirect\nexit"),
            ("call twice", ProgramType.SchedCls, "r6 = r1\ncall +5\nr7 = r0\nr1 = r6\ncall +2\nr0 += r7\nexit\nr0 = *(u32 *)(r1 + 0)\nexit"),
        })
        {
            int program = LoadAs(sheet, type, text);
            foreach (int length in new[] { 60, 64, 1500 })
                Run(sheet, $"{what} {length}", program, Packet(length, 0x0800), new() { DataSizeOut = Room, CtxSizeOut = 192 }, dataOut: true, contextOut: true);
            sheet.Bpf.Close(program);
        }
    });

    private static void EachType(string name, string kept, ProgramType[] types, Action<AnswerSheet, ProgramType, int> ask) => AnswerSheet.Check(name, kept, sheet =>
    {
        foreach (ProgramType type in types)
        {
            int program = LoadAs(sheet, type, type == ProgramType.SkLookup ? "r0 = 1\nexit" : type == ProgramType.PerfEvent ? "r0 = 0\nexit" : Programs.ReturnOne);
            ask(sheet, type, program);
            sheet.Bpf.Close(program);
        }
    });

    private static int LoadAs(AnswerSheet sheet, ProgramType type, string text)
    {
        int program = sheet.Bpf.ProgLoad(
            new ProgLoadRequest
            {
                Type = type,
                Instructions = Programs.Assemble(text),
                Flags = type == ProgramType.Syscall ? ProgramFlags.Sleepable : 0,
                ExpectedAttachType = type switch
                {
                    ProgramType.SkLookup => AttachType.SkLookup,
                    ProgramType.FlowDissector => AttachType.FlowDissector,
                    ProgramType.CgroupDevice => AttachType.CgroupDevice,
                    ProgramType.SockOps => AttachType.CgroupSockOps,
                    _ => 0,
                },
            },
            out _);
        Assert.True(program > 0, $"{type} {text}: {Answer(program)} {sheet.Bpf.LastFailure}");
        return program;
    }

    private static void Run(AnswerSheet sheet, string what, int program, byte[] data, TestRunAttribute attribute, byte[]? context = null, bool dataOut = false, bool contextOut = false)
    {
        byte[] input = Pinned(data), given = Pinned(context ?? []), output = GC.AllocateArray<byte>(Room, pinned: true), contextOutput = GC.AllocateArray<byte>(Room, pinned: true);
        attribute.ProgFd = (uint)program;
        attribute.DataIn = data.Length == 0 ? 0 : Address(input);
        attribute.DataSizeIn = (uint)data.Length;
        attribute.CtxIn = context is null ? 0 : Address(given);
        attribute.CtxSizeIn = context is null ? attribute.CtxSizeIn : (uint)context.Length;
        attribute.DataOut = dataOut ? Address(output) : 0;
        attribute.CtxOut = contextOut ? Address(contextOutput) : 0;
        int result = Invoke(sheet, ref attribute);
        string text = $"{Answer(result)} returns {attribute.Retval}, {attribute.DataSizeOut} {attribute.CtxSizeOut}";
        if (dataOut)
            text += $", data {Shorten(output)}";
        if (contextOut)
            text += $", context {Shorten(contextOutput)}";
        sheet.Add(what, text);
    }

    private static int Invoke(AnswerSheet sheet, ref TestRunAttribute attribute) =>
        sheet.Bpf.Invoke(BpfCommand.ProgTestRun, MemoryMarshal.AsBytes(new Span<TestRunAttribute>(ref attribute)));

    /// <summary>What isn't zero at the end, in hex; long ones by their hash.</summary>
    private static string Shorten(byte[] bytes)
    {
        ReadOnlySpan<byte> used = bytes.AsSpan().TrimEnd((byte)0);
        return used.Length <= 200 ? Convert.ToHexStringLower(used) : $"{used.Length} bytes, SHA-256 {Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(used))}";
    }

    private static byte[] Packet(int length, ushort protocol)
    {
        byte[] packet = [.. Enumerable.Range(0, length).Select(at => (byte)at)];
        if (length >= 14)
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(12), protocol);
        if (length > 14 && protocol is 0x0800 or 0x86dd)
            packet[14] = protocol == 0x0800 ? (byte)0x45 : (byte)0x60;
        return packet;
    }

    private static byte[] Pinned(byte[] bytes)
    {
        byte[] pinned = GC.AllocateArray<byte>(Math.Max(1, bytes.Length), pinned: true);
        bytes.CopyTo(pinned, 0);
        return pinned;
    }

    private static ulong Address(byte[] pinned) => (ulong)Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0);
}
