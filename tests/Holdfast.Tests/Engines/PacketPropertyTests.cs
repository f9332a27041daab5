using CsCheck;
using Holdfast.Isa.Abi;

namespace Holdfast.Tests.Engines;

/// <summary>Random packets and contexts through small programs: both engines put out the same.</summary>
public sealed class PacketPropertyTests
{
    private const int Samples = 4000;

    /// <summary>Sums words of the context, and bytes of the packet as far as it goes.</summary>
    private const string SumSkBuff = """
        r0 = *(u32 *)(r1 + 0)
        r2 = *(u32 *)(r1 + 8)
        r0 += r2
        r2 = *(u32 *)(r1 + 16)
        r0 += r2
        r2 = *(u32 *)(r1 + 32)
        r0 ^= r2
        r2 = *(u32 *)(r1 + 48)
        r0 += r2
        r3 = *(u32 *)(r1 + 80)
        r2 = *(u32 *)(r1 + 76)
        r4 = r2
        r4 += 30
        if r4 > r3 goto +4
        r4 = *(u8 *)(r2 + 29)
        r0 += r4
        r4 = *(u32 *)(r2 + 14)
        r0 ^= r4
        exit
        """;

    private const string WriteSkBuff = """
        r6 = r1
        r2 = *(u32 *)(r1 + 0)
        r2 &= 31
        *(u64 *)(r10 - 8) = 0x11223344
        r3 = r10
        r3 += -8
        r4 = 8
        r5 = 0
        call bpf_skb_store_bytes
        r7 = r0
        r1 = r6
        r2 = *(u32 *)(r6 + 8)
        r2 &= 127
        r3 = 0
        call bpf_skb_change_tail
        r0 += r7
        exit
        """;

    private const string MoveXdp = """
        r6 = r1
        r7 = *(u32 *)(r1 + 4)
        r2 = *(u32 *)(r1 + 0)
        r7 -= r2
        r2 = r7
        r2 &= 15
        r2 += -8
        call bpf_xdp_adjust_head
        r8 = r0
        r1 = r6
        r2 = r7
        r2 >>= 3
        r2 &= 15
        r2 += -8
        call bpf_xdp_adjust_tail
        r0 += r8
        exit
        """;

    public static TheoryData<ProgramType, string> SmallPrograms => new()
    {
        { ProgramType.SchedCls, SumSkBuff }, { ProgramType.SchedCls, WriteSkBuff }, { ProgramType.CgroupSkb, "r0 = *(u32 *)(r1 + 16)\nr0 &= 1\nexit" },
        { ProgramType.SocketFilter, "r6 = r1\nr0 = *(u16 *)skb[12]\nr7 = r0\nr0 = *(u8 *)skb[33]\nr0 += r7\nexit" }, { ProgramType.Xdp, MoveXdp },
    };

    [Theory]
    [MemberData(nameof(SmallPrograms))]
    public void BothEnginesPutOutTheSame(ProgramType type, string text)
    {
        using EngineUnderTest user = EngineUnderTest.Open("user"), kernel = EngineUnderTest.Open("kernel");
        int here = Programs.Accept(user.Bpf.Engine, text, type), there = Programs.Accept(kernel.Bpf.Engine, text, type);
        Gen.Select(Gen.Byte.Array[14, 200], Gen.UInt, Gen.UInt, Gen.Bool).Sample(
            (packet, mark, word, ip) =>
            {
                if (ip)
                    (packet[12], packet[13]) = (8, 0);
                byte[] context = type == ProgramType.Xdp ? [] : new byte[192];
                if (context.Length > 0)
                {
                    BitConverter.TryWriteBytes(context.AsSpan(8), mark);
                    BitConverter.TryWriteBytes(context.AsSpan(48), word);
                }

                Assert.Equal(Run(kernel.Bpf.Engine, there, packet, context), Run(user.Bpf.Engine, here, packet, context));
            },
            iter: Samples,
            threads: 1);
        user.Bpf.Engine.Close(here);
        kernel.Bpf.Engine.Close(there);
    }

    private static string Run(IBpfEngine bpf, int program, byte[] packet, byte[] context)
    {
        byte[] data = new byte[600], contextOut = new byte[context.Length];
        int result = bpf.TestRun(program, new TestRunRequest { DataIn = packet, DataOut = data, ContextIn = context, ContextOut = contextOut }, out TestRunResult run);
        return $"{RawCalls.Answer(result)} {run.ReturnValue} {run.DataSize} {run.ContextSize} {Convert.ToHexStringLower(data.AsSpan().TrimEnd((byte)0))} {Convert.ToHexStringLower(contextOut)}";
    }
}
