using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Userspace.Attributes;
using Holdfast.Userspace.Programs;
using Holdfast.Userspace.TestRuns;

namespace Holdfast.Userspace.Commands;

/// <summary>BPF_PROG_TEST_RUN.</summary>
internal sealed class TestRun(EngineState engine)
{
    /// <summary>Carries out the command; return value, sizes and duration are written back.</summary>
    public int Run(ref TestRunAttribute attribute)
    {
        if ((attribute.CtxSizeIn != 0) != (attribute.CtxIn != 0) || (attribute.CtxSizeOut != 0) != (attribute.CtxOut != 0))
            return Failures.Of(Errno.EINVAL, "a context needs both an address and a size");
        if (!engine.Programs.TryShare((int)attribute.ProgFd, out ProgramInstance? program, out StorageError? error))
            return Failures.Of(error);
        try
        {
            return Run(program, ref attribute);
        }
        finally
        {
            program.RemoveUser();
        }
    }

    private static int Run(ProgramInstance program, ref TestRunAttribute attribute)
    {
        if (TestRunKinds.Find(program.Verified.Type.Type) is not { } kind)
            return Failures.Of(Errno.ENOTSUPP, $"{program.Verified.Type.Name} programs have no test run");
        if (!UserMemory.TryCopy(attribute.DataIn, attribute.DataSizeIn, out byte[] data)
            || !UserMemory.TryCopy(attribute.CtxIn, attribute.CtxSizeIn, out byte[] context))
        {
            return Failures.Of(Errno.EFAULT, "the address of the packet or of the context is null");
        }

        if (!program.TryPrepare(out ExecutableProgram? executable, out StorageError? error))
            return Failures.Of(error);
        TestRunInput input = new()
        {
            Data = data,
            Context = attribute.CtxIn == 0 ? null : context,
            DataRoom = attribute.DataSizeOut,
            ContextRoom = attribute.CtxSizeOut,
            Repeat = attribute.Repeat,
            Flags = attribute.Flags,
            Cpu = attribute.Cpu,
            BatchSize = attribute.BatchSize,
        };
        Errno failure = kind.Run(executable, input, out TestRunOutput output);
        if (failure != Errno.None)
            return Failures.Of(failure, $"the input does not fit a {program.Verified.Type.Name} program");
        uint runs = Math.Max(1, input.Repeat);
        program.Statistics.Add(runs, (long)output.Duration * runs);
        return WriteBack(ref attribute, output);
    }

    /// <summary>Writes what fits; the true sizes tell what didn't (<c>bpf_test_finish</c>: ENOSPC, and the rest is still written).</summary>
    private static int WriteBack(ref TestRunAttribute attribute, TestRunOutput output)
    {
        bool cut = false;
        bool readable = Copy(attribute.DataOut, attribute.DataSizeOut, output.Data, ref cut, out uint dataSize)
            & Copy(attribute.CtxOut, attribute.CtxSizeOut, output.Context, ref cut, out uint contextSize)
            & Copy(attribute.CtxIn, attribute.CtxSizeIn, output.ContextInPlace, ref cut, out _);
        if (!readable)
            return Failures.Of(Errno.EFAULT, "the address of an output is null");
        attribute.Retval = output.ReturnValue;
        attribute.DataSizeOut = dataSize;
        if (attribute.CtxOut != 0) // unlike the packet's, which is told to whoever doesn't want it too (bpf_ctx_finish)
            attribute.CtxSizeOut = contextSize;
        attribute.Duration = output.Duration;
        return cut ? Failures.Of(Errno.ENOSPC, "an output buffer is smaller than what belongs into it") : 0;
    }

    /// <summary>A null address asks for nothing; a size of 0 beside an address means that the caller vouches for the room.</summary>
    private static bool Copy(ulong address, uint room, byte[]? source, ref bool cut, out uint size)
    {
        size = (uint)(source?.Length ?? 0);
        if (address == 0 || source is null)
            return true;
        long length = source.Length;
        if (room != 0 && room < length)
        {
            length = room;
            cut = true;
        }

        if (!UserMemory.TrySpan(address, length, out Span<byte> target))
            return false;
        source.AsSpan(0, (int)length).CopyTo(target);
        return true;
    }
}
