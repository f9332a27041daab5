using Holdfast.Isa.Abi;

namespace Holdfast.Tests.Engines;

/// <summary>What comes true a moment later: the kernel frees objects after a grace period, and a process being started may hold a descriptor of ours.</summary>
internal static class Eventually
{
    private const int Attempts = 500, PauseMilliseconds = 10;

    /// <summary>Waits until nothing has the id any more.</summary>
    public static void Gone(IBpfEngine bpf, ObjectKind kind, uint id) =>
        Assert.True(IsTrue(() => !Exists(bpf, kind, id)), $"{kind} {id} is still there");

    public static bool Exists(IBpfEngine bpf, ObjectKind kind, uint id)
    {
        int descriptor = kind == ObjectKind.Map ? bpf.MapById(id) : bpf.ProgById(id);
        if (descriptor > 0)
            bpf.Close(descriptor);
        else
            Assert.Equal(Errno.ENOENT, RawCalls.Answer(descriptor));
        return descriptor > 0;
    }

    public static bool IsTrue(Func<bool> condition)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            if (condition())
                return true;
            Thread.Sleep(PauseMilliseconds);
        }

        return false;
    }
}
