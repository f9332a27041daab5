using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps.Rings;
using Holdfast.Userspace.Helpers;
using Holdfast.Verifier;

namespace Holdfast.Userspace.Maps.Rings;

/// <summary>A user ring buffer as programs use it.</summary>
internal sealed unsafe class RuntimeUserRing(MapDescription description, MapInstance owner, UserRingMap ring) : RuntimeMap(description)
{
    private const ulong NoWakeup = 1; // BPF_RB_NO_WAKEUP
    private const ulong ForceWakeup = 2; // BPF_RB_FORCE_WAKEUP

    /// <inheritdoc/>
    public override ulong Lookup(RunContext context, byte* key) => 0;

    /// <summary><c>bpf_user_ringbuf_drain</c>: hands samples to a function of the program until it returns 1 or there are no more.</summary>
    /// <returns>The number of samples handed over, or a negated errno.</returns>
    public long Drain(RunContext context, CallbackEntry function, ulong callbackContext, ulong flags)
    {
        if ((flags & ~(NoWakeup | ForceWakeup)) != 0)
            return -(long)Errno.EINVAL;
        Errno failure = ring.TryBeginDrain();
        if (failure != Errno.None)
            return -(long)failure;
        long handed = 0;
        int taken = 0;
        try
        {
            failure = DrainLocked(context, function, callbackContext, ref handed, ref taken);
        }
        finally
        {
            ring.EndDrain((flags & ForceWakeup) != 0 || ((flags & NoWakeup) == 0 && taken > 0));
            GC.KeepAlive(owner);
        }

        return failure == Errno.None ? handed : -(long)failure;
    }

    private Errno DrainLocked(RunContext context, CallbackEntry function, ulong callbackContext, ref long handed, ref int taken)
    {
        for (ulong answer = 0; taken < UserRingMap.MostSamples && answer == 0; taken++)
        {
            Errno found = ring.Peek(out byte* sample, out uint size);
            if (found == Errno.ENODATA)
                return Errno.None;
            if (found == Errno.EAGAIN)
                continue;
            if (found != Errno.None)
                return found;
            Dynptr dynptr = new() { Data = (ulong)sample, Size = size };
            context.AllowMemory((ulong)sample, (int)size);
            answer = function(context, (ulong)&dynptr, callbackContext, 0, 0, 0);
            ring.Release(size);
            handed++;
        }

        return Errno.None;
    }
}
