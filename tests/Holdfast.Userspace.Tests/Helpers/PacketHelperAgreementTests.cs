using Holdfast.Isa.Abi;
using Holdfast.Userspace.Programs.Contexts;
using Holdfast.Userspace.TestRuns;
using Holdfast.Userspace.Tests.TestRuns;
using static Holdfast.Isa.Abi.HelperId;
using Step = Holdfast.Userspace.Tests.Helpers.HelperScript.Step;

namespace Holdfast.Userspace.Tests.Helpers;

/// <summary>Random sequences of packet helpers, on the kernel and here: same results, same bytes, same context.</summary>
public sealed class PacketHelperAgreementTests
{
    private const int SequencesOfEach = 1500;
    private static readonly short[] SkBuffFields = [0, 4, 16, 20, 24, 28];
    private static readonly short[] SocketFilterFields = [0, 4, 16];

    [Fact]
    public void Traffic_control() => Compare(ProgramType.SchedCls, SkBuffFields, TrafficControl);

    /// <summary>
    /// Packets that grow at one end and shrink at the other creep through the buffer. (Cut before their own headers, the kernel
    /// moves bytes from behind the packet; we refuse.)
    /// </summary>
    [Fact]
    public void Traffic_control_moving_far() => Compare(ProgramType.SchedCls, SkBuffFields, FarMoves, [Packets.Ipv4Tcp, Packets.Ipv6Udp], ProgramFlags.None, 14, 150);

    [Fact]
    public void Socket_filter() => Compare(ProgramType.SocketFilter, SocketFilterFields, Reading);

    [Fact]
    public void Cgroup_skb() => Compare(ProgramType.CgroupSkb, [0, 4, 16, 88, 92, 96, 100, 112, 116, 128, 132, 136], Reading);

    [Fact]
    public void Tunnel_transmit() => Compare(ProgramType.LwtXmit, SkBuffFields, TunnelTransmit);

    [Fact]
    public void Xdp() => Compare(ProgramType.Xdp, [12, 16], Frames);

    [Fact]
    public void Xdp_in_fragments()
    {
        byte[][] frames = [.. ((int[])[3520, 3521, 3600, 7616, 7617, 9000, 20000]).Select(length => (byte[])[.. Packets.Ipv4Tcp, .. Enumerable.Range(0, length - Packets.Ipv4Tcp.Length).Select(i => (byte)i)])];
        Compare(ProgramType.Xdp, [12, 16], FragmentedFrames, frames, ProgramFlags.XdpHasFragments);
    }

    private static void Compare(ProgramType type, short[] watched, Func<Random, Step> next) => Compare(type, watched, next, Packets.All, ProgramFlags.None);

    private static void Compare(ProgramType type, short[] watched, Func<Random, Step> next, byte[][] packets, ProgramFlags flags, int most = 4, int sequences = SequencesOfEach)
    {
        KernelRuns.SkipUnlessAvailable();
        Random random = new((int)type);
        List<string> differences = [];
        for (int i = 0; i < sequences; i++)
        {
            Step[] steps = [.. Enumerable.Range(0, random.Next(1, most + 1)).Select(_ => next(random))];
            byte[] packet = packets[random.Next(packets.Length)];
            Compare(new HelperScript(type, steps, watched), type, packet, flags, differences);
        }

        Assert.True(differences.Count == 0, $"{differences.Count} of {sequences} differ:\n{string.Join('\n', differences.OrderBy(text => text.Length).Take(12))}");
    }

    private static void Compare(HelperScript script, ProgramType type, byte[] packet, ProgramFlags flags, List<string> differences)
    {
        AttachType attachType = default;
        int program = KernelRuns.Load(script.ToProgram(), type, attachType, out string log, flags);
        Assert.True(program >= 0, $"{script}: {log[Math.Max(0, log.Length - 400)..]}");
        KernelRun theirs = KernelRuns.Run(program, packet, [], wantsContext: type != ProgramType.Xdp || flags == ProgramFlags.None);
        _ = KernelRuns.Close(program);
        TestRunInput input = new() { Data = packet, Context = null, ContextRoom = type != ProgramType.Xdp || flags == ProgramFlags.None ? 256u : 0 };
        Errno error = TestRunContexts.Create(new TestRunSubject(type, attachType, 0), input, out HostContext? context, out byte[] contextOut);
        if (error != Errno.None || theirs.Error != Errno.None)
        {
            Assert.Equal(theirs.Error, error);
            return;
        }

        using (context!)
        {
            uint returnValue = script.RunOurs(context!);
            _ = ContextTestRun.Finish(context!, contextOut);
            Note(differences, script, packet, "result", theirs.ReturnValue, returnValue);
            Note(differences, script, packet, "data", Convert.ToHexString(theirs.Data), Convert.ToHexString([.. context!.DataOut, .. context.DataOutTail]));
            Note(differences, script, packet, "context", Convert.ToHexString(theirs.Context), Convert.ToHexString(contextOut));
        }
    }

    private static void Note<T>(List<string> differences, HelperScript script, byte[] packet, string what, T theirs, T ours)
    {
        if (!EqualityComparer<T>.Default.Equals(theirs, ours))
        {
            differences.Add($"{script} on {packet.Length} {Convert.ToHexString(packet.AsSpan(0, 14))}: {what}: the kernel's {Shorten(theirs)}, ours {Shorten(ours)}");
        }
    }

    private static string Shorten<T>(T value) => $"{value}" is { Length: > 200 } text ? $"{text[..200]}… ({text.Length / 2} bytes)" : $"{value}";

    private static Step Reading(Random random) => random.Next(3) switch
    {
        0 => new Step(SkbLoadBytes, Step.Context, Offset(random), Step.Buffer + 8, Size(random)),
        1 => new Step(SkbLoadBytesRelative, Step.Context, Offset(random), Step.Buffer + 8, Size(random), random.Next(3)),
        _ => new Step(SkbLoadBytes, Step.Context, random.Next(64), Step.Buffer, 16),
    };

    private static Step TunnelTransmit(Random random) => random.Next(8) switch
    {
        0 => new Step(SkbChangeTail, Step.Context, random.Next(10, 200), Pick(random, 0, 0, 0, 1)),
        1 => new Step(SkbChangeHead, Step.Context, Pick(random, 0, 4, 14, 40, 80, 200, 300), Pick(random, 0, 0, 0, 1)),
        2 => new Step(SkbStoreBytes, Step.Context, Offset(random), Step.Buffer, Size(random), Pick(random, 0, 0, 1, 2, 4)),
        3 => new Step(L3CsumReplace, Step.Context, Offset(random), random.Next(65536), random.Next(), Pick(random, 0, 2, 4, 3, 16)),
        4 => new Step(CsumLevel, Step.Context, random.Next(5)),
        5 => new Step(SkbPullData, Step.Context, random.Next(120)),
        _ => new Step(SkbLoadBytes, Step.Context, Offset(random), Step.Buffer + 8, Size(random)),
    };

    private static Step TrafficControl(Random random) => random.Next(18) switch
    {
        0 => new Step(SkbVlanPush, Step.Context, Pick(random, 0x0081, 0xa888, 0x0008), random.Next(65536)),
        1 => new Step(SkbVlanPop, Step.Context),
        2 => new Step(SkbAdjustRoom, Step.Context, Pick(random, 0, 4, 8, 20, 28, 40, -4, -20, -40, 100), Pick(random, 0, 1, 2), Flags(random)),
        3 => new Step(SkbAdjustRoom, Step.Context, random.Next(-60, 60), random.Next(2), Pick(random, 0, 2, 4, 0x80, 0x100, 2 | 8)),
        4 => new Step(SkbChangeProto, Step.Context, Pick(random, 0xdd86, 0x0008, 0x0608), Pick(random, 0, 0, 0, 1)),
        5 => new Step(SkbChangeType, Step.Context, random.Next(6)),
        6 => new Step(L4CsumReplace, Step.Context, Offset(random), random.Next(65536), random.Next(), Pick(random, 0, 2, 4, 0x12, 0x14, 0x10, 0x20, 0x60, 0x22, 0x64, 0x94, 0x100)),
        7 => new Step(SkbEcnSetCe, Step.Context),
        8 => new Step(SkbSetTstamp, Step.Context, Pick(random, 0, 1000), random.Next(4)),
        9 => new Step(CsumUpdate, Step.Context, random.Next()),
        10 => new Step(CheckMtu, Step.Context, Pick(random, 0, 1, 99), Step.Buffer + 16, random.Next(-200, 200), Pick(random, 0, 1, 2)),
        11 => new Step(Redirect, random.Next(3), random.Next(4)),
        12 => new Step(CsumDiff, Step.Buffer, 4 * random.Next(5), Step.Buffer + 24, 4 * random.Next(5), random.Next()),
        13 => new Step(SkbGetTunnelKey, Step.Context, Step.Buffer, 44, random.Next(2)),
        14 => Reading(random),
        _ => TunnelTransmit(random),
    };

    private static Step Frames(Random random) => random.Next(8) switch
    {
        0 => new Step(XdpAdjustHead, Step.Context, Pick(random, 0, -14, -20, -40, -300, 4, 14, 40, 100)),
        1 => new Step(XdpAdjustHead, Step.Context, random.Next(-100, 100)),
        2 => new Step(XdpAdjustMeta, Step.Context, Pick(random, 0, -4, -8, -32, -256, 4, -3, 100)),
        3 => new Step(XdpAdjustTail, Step.Context, Pick(random, 0, -14, 10, 100, 4000, -40, -100)),
        4 => new Step(XdpLoadBytes, Step.Context, Offset(random), Step.Buffer + 8, Size(random)),
        5 => new Step(XdpStoreBytes, Step.Context, Offset(random), Step.Buffer, Size(random)),
        6 => new Step(XdpGetBuffLen, Step.Context),
        _ => new Step(Redirect, random.Next(3), random.Next(2)),
    };

    private static Step FarMoves(Random random) => random.Next(5) switch
    {
        0 => new Step(SkbAdjustRoom, Step.Context, 4000, 1, 0),
        1 => new Step(SkbChangeTail, Step.Context, Pick(random, 16064, 16000, 12000), 0),
        2 => new Step(SkbChangeHead, Step.Context, Pick(random, 8000, 3000), 0),
        _ => new Step(SkbAdjustRoom, Step.Context, -4000, random.Next(2), 0),
    };

    private static Step FragmentedFrames(Random random) => random.Next(4) switch
    {
        0 => new Step(XdpAdjustTail, Step.Context, Pick(random, 0, 1, 100, 400, 500, 4000, -1, -80, -100, -500, -3600, -4000, -5000, -30000)),
        1 => new Step(XdpLoadBytes, Step.Context, Pick(random, 3500, 3515, 3519, 3520, 7610, 8000, 19990), Step.Buffer + 8, Size(random)),
        2 => new Step(XdpStoreBytes, Step.Context, Pick(random, 3500, 3515, 3519, 3520, 7610, 8000, 19990), Step.Buffer, Size(random)),
        _ => Frames(random),
    };

    private static long Offset(Random random) => random.Next(6) switch
    {
        0 => Pick(random, 70000, -1, 65535, int.MaxValue),
        1 => 2 * random.Next(40),
        _ => random.Next(100),
    };

    private static long Size(Random random) => Pick(random, 1, 2, 4, 6, 14, 20, 40);

    private static long Flags(Random random) => Pick(random, 0, 0, 1, 2, 4, 6, 10, 0x22, 0x42, 0x40, 0x80, 0x100, 0x180, 0x200, 0x10, 0x18 | 2, (14L << 56) | 0x42);

    private static long Pick(Random random, params long[] values) => values[random.Next(values.Length)];
}
