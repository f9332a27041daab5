using System.Diagnostics;
using Holdfast.Isa.Abi;
using Holdfast.Userspace.Helpers;
using Holdfast.Userspace.Programs.Contexts;

namespace Holdfast.Userspace.TestRuns;

/// <summary>Test runs of every type: its context is made, run on as often as was asked for, and read back (net/bpf/test_run.c).</summary>
internal sealed class ContextTestRun : ITestRunKind
{
    /// <summary>The runs of one test share an execution slot as in the kernel, but not for so long that others starve.</summary>
    private const uint RunsInASlot = 256;

    /// <inheritdoc/>
    public Errno Run<T>(in TestRunSubject subject, T runner, TestRunInput input, out TestRunOutput output)
        where T : struct, ITestRunner
    {
        output = new TestRunOutput();
        Errno error = TestRunContexts.Create(subject, input, out HostContext? context, out byte[] contextOut);
        if (error != Errno.None)
        {
            return error;
        }

        using (context!)
        {
            uint returnValue = Repeat(runner, context!, Math.Max(input.Repeat, 1), out uint duration);
            error = Finish(context!, contextOut);
            output = Describe(context!, contextOut) with { ReturnValue = returnValue, Duration = duration };
            return error;
        }
    }

    private static unsafe uint Repeat<T>(T runner, HostContext context, uint times, out uint duration)
        where T : struct, ITestRunner
    {
        uint returnValue = 0;
        context.HostFrame = (nint)(&returnValue); // only compared with, while this frame is there
        long start = Stopwatch.GetTimestamp();
        context.KeepSlot();
        try
        {
            for (uint i = 0; i < times; i++)
            {
                if (i % RunsInASlot == RunsInASlot - 1)
                {
                    context.YieldSlot();
                }

                returnValue = runner.RunOnce(context);
            }
        }
        finally
        {
            context.ReleaseSlot();
        }

        // Not GetElapsedTime, which counts in steps of 100 ns: many a program takes less.
        double nanoseconds = (Stopwatch.GetTimestamp() - start) * (1e9 / Stopwatch.Frequency);
        duration = (uint)Math.Min(nanoseconds / times, uint.MaxValue);
        return returnValue;
    }

    internal static Errno Finish(HostContext context, byte[] contextOut)
    {
        context.Complete();
        if (context is SkBuffContext packet)
        {
            if (packet.HasChecksum
                && !InternetChecksum.SameFolded(packet.Checksum, InternetChecksum.Add(packet.From(packet.NetworkHeader), 0)))
            {
                return Errno.EBADMSG;
            }

            if (contextOut.Length > 0)
            {
                SkBuffFields.Return(packet, contextOut);
            }
        }
        else if (context is XdpContext frame && contextOut.Length > 0)
        {
            XdpFields.Return(frame, contextOut);
        }

        return Errno.None;
    }

    private static TestRunOutput Describe(HostContext context, byte[] contextOut)
    {
        byte[] data = [.. context.DataOut, .. context.DataOutTail];
        return new TestRunOutput
        {
            Data = context is MemoryContext or SocketLookupContext ? null : data,
            Context = contextOut.Length > 0 ? contextOut : null,
            ContextInPlace = context is MemoryContext ? context.ContextOut.ToArray() : null,
        };
    }
}
