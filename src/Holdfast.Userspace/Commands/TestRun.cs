using System.Diagnostics.CodeAnalysis;
using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Userspace.Attributes;
using Holdfast.Userspace.Hooks;
using Holdfast.Userspace.Programs;
using Holdfast.Userspace.Programs.Contexts;
using Holdfast.Userspace.TestRuns;
using Holdfast.Verifier;

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
            return engine.Hooks.TryGet((int)attribute.ProgFd, out _, out _) ? RunHook(ref attribute) : Failures.Of(error);
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
        VerifiedProgram verified = program.Verified;
        if (TestRunKinds.Find(verified.Type.Type) is not { } kind)
            return Failures.Of(Errno.ENOTSUPP, $"{verified.Type.Name} programs have no test run");
        if (!TryInput(attribute, out TestRunInput? input))
            return Failures.Of(Errno.EFAULT, "the address of the packet or of the context is null");
        if (!program.TryPrepare(out ExecutableProgram? executable, out StorageError? error))
            return Failures.Of(error);
        TestRunSubject subject = new(verified.Type.Type, verified.AttachType, verified.ContextReach);
        Errno failure = kind.Run(subject, new ProgramRunner(executable), input, out TestRunOutput output);
        if (failure != Errno.None)
            return Failures.Of(failure, $"the input does not fit a {verified.Type.Name} program");
        uint runs = Math.Max(1, input.Repeat);
        program.Statistics.Add(runs, (long)output.Duration * runs);
        return WriteBack(ref attribute, output);
    }

    /// <summary>A hook's descriptor in the place of a program's: what is attached runs, and the return value is what it decides together.</summary>
    private int RunHook(ref TestRunAttribute attribute)
    {
        if (!engine.Hooks.TryShare((int)attribute.ProgFd, out HookInstance? hook, out StorageError? error))
            return Failures.Of(error);
        try
        {
            if (TestRunKinds.Find(hook.ProgramType) is not { } kind)
                return Failures.Of(Errno.ENOTSUPP, $"{hook.ProgramType} programs have no test run");
            if (!TryInput(attribute, out TestRunInput? input))
                return Failures.Of(Errno.EFAULT, "the address of the packet or of the context is null");
            if (!hook.TryReadReach(out int reach, out error))
                return Failures.Of(error);
            Errno failure = kind.Run(new TestRunSubject(hook.ProgramType, hook.AttachType, reach), new HookRunner(hook), input, out TestRunOutput output);
            return failure == Errno.None ? WriteBack(ref attribute, output) : Failures.Of(failure, $"the input does not fit a {hook.ProgramType} hook");
        }
        catch (HookRunException stopped)
        {
            return Failures.Of(stopped.Error);
        }
        finally
        {
            hook.RemoveUser();
        }
    }

    private static bool TryInput(in TestRunAttribute attribute, [NotNullWhen(true)] out TestRunInput? input)
    {
        input = null;
        if (!UserMemory.TryCopy(attribute.DataIn, attribute.DataSizeIn, out byte[] data)
            || !UserMemory.TryCopy(attribute.CtxIn, attribute.CtxSizeIn, out byte[] context))
        {
            return false;
        }

        input = new TestRunInput
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
        return true;
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
