using System.Runtime.InteropServices;

namespace Holdfast.Cli.Tests;

/// <summary>A link on the loopback interface of a network namespace that lives as long as a thread of the test: attached there and nowhere else.</summary>
internal sealed partial class LoopbackLink : IDisposable
{
    private const int NewNetwork = 0x40000000; // CLONE_NEWNET

    private readonly Thread _thread;
    private readonly ManualResetEventSlim _done;

    private LoopbackLink(BpfLink link, Thread thread, ManualResetEventSlim done)
    {
        Link = link;
        _thread = thread;
        _done = done;
    }

    public BpfLink Link { get; }

    /// <summary>Attaches; skipped, with the reason found, where no namespace can be made.</summary>
    public static LoopbackLink Attach(BpfProgram program)
    {
        TaskCompletionSource<BpfLink?> attached = new();
        ManualResetEventSlim done = new();
        string reason = "";
        Thread thread = new(() =>
        {
            if (unshare(NewNetwork) != 0)
            {
                reason = Marshal.GetLastPInvokeErrorMessage();
                attached.SetResult(null);
                return;
            }

            try
            {
                attached.SetResult(program.AttachXdp(1, XdpMode.Generic));
                done.Wait();
            }
            catch (BpfException failure)
            {
                attached.SetException(failure);
            }
        });
        thread.Start();
        if (attached.Task.GetAwaiter().GetResult() is { } link)
            return new(link, thread, done);
        Assert.Skip($"no network namespace can be made here: {reason}");
        throw new InvalidOperationException();
    }

    public void Dispose()
    {
        Link.Dispose();
        _done.Set();
        _thread.Join();
        _done.Dispose();
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unshare(int flags);
}
