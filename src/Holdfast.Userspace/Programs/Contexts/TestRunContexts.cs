using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;
using Holdfast.Userspace.TestRuns;

namespace Holdfast.Userspace.Programs.Contexts;

/// <summary>Makes contexts from what BPF_PROG_TEST_RUN is given, with the kernel's checks (net/bpf/test_run.c).</summary>
internal static class TestRunContexts
{
    private const uint ChecksumComplete = 1u << 2;
    private const uint RunOnCpu = 1u << 0;

    /// <summary>Makes the context.</summary>
    /// <param name="program">Type, attach type and reach of the program.</param>
    /// <param name="input">What the caller gives.</param>
    /// <param name="context">The context, if the result is <see cref="Errno.None"/>.</param>
    /// <param name="contextOut">Receives a structure to be filled for <c>ctx_out</c>, or stays empty if the caller wants none.</param>
    /// <returns>What the kernel answers to such a call.</returns>
    public static Errno Create(in TestRunSubject program, TestRunInput input, out HostContext? context, out byte[] contextOut)
    {
        context = null;
        contextOut = [];
        switch (program.Type)
        {
            case ProgramType.Xdp:
                return CreateXdp(program, input, out context, out contextOut);
            case ProgramType.SocketFilter or ProgramType.SchedCls or ProgramType.SchedAct or ProgramType.CgroupSkb
                or ProgramType.LwtIn or ProgramType.LwtOut or ProgramType.LwtXmit:
                return CreateSkBuff(program.Type, input, out context, out contextOut);
            case ProgramType.FlowDissector:
                return CreateFlowDissector(input, out context, out contextOut);
            case ProgramType.RawTracepoint:
                return CreateRawTracepoint(program, input, out context);
            case ProgramType.Syscall:
                return CreateSyscall(program, input, out context);
            case ProgramType.SkLookup:
                return CreateSocketLookup(input, out context, out contextOut);
            default:
                return Errno.ENOTSUPP;
        }
    }

    private static Errno CreateSkBuff(ProgramType type, TestRunInput input, out HostContext? context, out byte[] contextOut)
    {
        context = null;
        contextOut = [];
        if ((input.Flags & ~ChecksumComplete) != 0 || input.Cpu != 0 || input.BatchSize != 0 || input.Data.Length < EtherType.HeaderLength)
        {
            return Errno.EINVAL;
        }

        if (TakeContext(input, SkBuffField.Bytes, out contextOut) is not Errno.None and Errno error)
        {
            return error;
        }

        if (input.Data.Length > XdpContext.PageBytes - SkBuffContext.KernelHeadroom - SkBuffContext.SharedInfoBytes)
        {
            return Errno.EINVAL;
        }

        if (contextOut.Length > 0 && MemoryMarshal.Read<uint>(contextOut.AsSpan(SkBuffField.Ifindex)) > 1)
        {
            return Errno.ENODEV;
        }

        if (LacksNetworkHeader(input.Data))
        {
            return Errno.EINVAL;
        }

        SkBuffContext made = new(type);
        made.Load(input.Data);
        if (contextOut.Length == 0)
        {
            // The kernel sets the queueing layer's length only from a context.
            made.Word(SkBuffField.WireLength) = 0;
        }
        else if (SkBuffFields.Take(contextOut, made) is not Errno.None and Errno refused)
        {
            made.Dispose();
            return refused;
        }

        if ((input.Flags & ChecksumComplete) != 0)
        {
            made.HasChecksum = true;
            made.Checksum = Helpers.InternetChecksum.Add(made.From(made.NetworkHeader), 0);
        }

        context = made;
        return Errno.None;
    }

    /// <summary>A frame that says IP must have IP's header, since the test run's socket takes its addresses.</summary>
    private static bool LacksNetworkHeader(ReadOnlySpan<byte> frame)
    {
        const int Ipv4Header = 20;
        const int Ipv6Header = 40;
        ushort protocol = MemoryMarshal.Read<ushort>(frame[12..]);
        int length = frame.Length - EtherType.HeaderLength;
        return (protocol == EtherType.Ipv4 && length < Ipv4Header) || (protocol == EtherType.Ipv6 && length < Ipv6Header);
    }

    private static Errno CreateXdp(in TestRunSubject program, TestRunInput input, out HostContext? context, out byte[] contextOut)
    {
        context = null;
        contextOut = [];

        // Live frames go to the network; there is none here.
        if (program.AttachType is AttachType.XdpDevMap or AttachType.XdpCpuMap || input.Flags != 0 || input.BatchSize != 0)
        {
            return Errno.EINVAL;
        }

        if (TakeContext(input, XdpFields.Bytes, out contextOut) is not Errno.None and Errno error)
        {
            return error;
        }

        XdpFields fields = XdpFields.Of(contextOut, input.Data.Length);
        Errno refused = fields.Check(input.Data.Length);
        if (refused != Errno.None)
        {
            return refused;
        }

        XdpContext made = new();
        made.Load(input.Data, fields.Linear, fields.Meta, fields.Ifindex == 0 ? 1 : fields.Ifindex, fields.Queue);
        context = made;
        return Errno.None;
    }

    private static Errno CreateFlowDissector(TestRunInput input, out HostContext? context, out byte[] contextOut)
    {
        context = null;
        contextOut = [];
        if (input.Flags != 0 || input.Cpu != 0 || input.BatchSize != 0
            || input.Data.Length is < EtherType.HeaderLength or > XdpContext.PageBytes)
        {
            return Errno.EINVAL;
        }

        if (TakeContext(input, FlowDissectorContext.KeyBytes, out contextOut) is not Errno.None and Errno error)
        {
            return error;
        }

        uint flags = 0;
        if (contextOut.Length > 0)
        {
            flags = MemoryMarshal.Read<uint>(contextOut.AsSpan(FlowDissectorContext.FlagsOffset));
            if (contextOut.AsSpan(0, FlowDissectorContext.FlagsOffset).ContainsAnyExcept((byte)0)
                || contextOut.AsSpan(FlowDissectorContext.FlagsOffset + 4).ContainsAnyExcept((byte)0))
            {
                return Errno.EINVAL;
            }
        }

        context = new FlowDissectorContext(input.Data, flags);
        return Errno.None;
    }

    private static Errno CreateRawTracepoint(in TestRunSubject program, TestRunInput input, out HostContext? context)
    {
        context = null;
        const int MostBytes = 12 * 8;
        if (HasData(input) || input.ContextRoom != 0 || input.Repeat != 0 || input.BatchSize != 0
            || Given(input).Length < program.ContextReach || Given(input).Length > MostBytes
            || ((input.Flags & RunOnCpu) == 0 && input.Cpu != 0))
        {
            return Errno.EINVAL;
        }

        context = new MemoryContext(program.Type, Given(input));
        return Errno.None;
    }

    private static Errno CreateSyscall(in TestRunSubject program, TestRunInput input, out HostContext? context)
    {
        context = null;
        if (HasData(input) || input.ContextRoom != 0 || input.Repeat != 0 || input.Flags != 0 || input.BatchSize != 0
            || Given(input).Length < program.ContextReach || Given(input).Length > ushort.MaxValue)
        {
            return Errno.EINVAL;
        }

        context = new MemoryContext(program.Type, Given(input));
        return Errno.None;
    }

    private static Errno CreateSocketLookup(TestRunInput input, out HostContext? context, out byte[] contextOut)
    {
        context = null;
        contextOut = [];
        if (input.Flags != 0 || input.Cpu != 0 || input.BatchSize != 0 || HasData(input))
        {
            return Errno.EINVAL;
        }

        if (TakeContext(input, SocketLookupContext.Bytes, out contextOut) is not Errno.None and Errno error)
        {
            return error;
        }

        const int LocalPort = 60;
        const int Family = 8;
        if (contextOut.Length == 0 || contextOut.AsSpan(0, Family).ContainsAnyExcept((byte)0)
            || contextOut.AsSpan(LocalPort + 4).ContainsAnyExcept((byte)0))
        {
            return Errno.EINVAL;
        }

        if (MemoryMarshal.Read<uint>(contextOut.AsSpan(LocalPort)) > ushort.MaxValue)
        {
            return Errno.ERANGE;
        }

        if (MemoryMarshal.Read<ushort>(contextOut.AsSpan(Family)) is not (2 or 10))
        {
            return Errno.EAFNOSUPPORT;
        }

        context = new SocketLookupContext(contextOut);
        return Errno.None;
    }

    private static ReadOnlySpan<byte> Given(TestRunInput input) => input.Context;

    private static bool HasData(TestRunInput input) => input.Data.Length != 0 || input.DataRoom != 0;

    /// <summary>The caller's context cut or filled to size; empty if the caller neither gives nor wants one (<c>bpf_ctx_init</c>).</summary>
    private static Errno TakeContext(TestRunInput input, int size, out byte[] context)
    {
        context = [];
        if (input.Context is null && input.ContextRoom == 0)
        {
            return Errno.None;
        }

        if (Given(input).Length > size && Given(input)[size..].ContainsAnyExcept((byte)0))
        {
            return Errno.E2BIG;
        }

        context = new byte[size];
        Given(input)[..Math.Min(size, Given(input).Length)].CopyTo(context);
        return Errno.None;
    }
}
