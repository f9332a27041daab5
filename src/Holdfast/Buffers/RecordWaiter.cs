using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>
/// Lets asynchronous readers wait for records. The wait itself blocks, so a thread of its own does it, from the first wait that found
/// nothing until the reader is disposed; between waits it sleeps.
/// </summary>
internal sealed class RecordWaiter(IRecordSource source) : IDisposable
{
    private readonly SemaphoreSlim _asked = new(0);
    private readonly SemaphoreSlim _ready = new(0);
    private Thread? _thread;
    private volatile bool _closing;
    private bool _disposed;

    /// <summary>What is waited for.</summary>
    public IRecordSource Source => _disposed ? throw new ObjectDisposedException(nameof(RecordWaiter)) : source;

    /// <summary>A timeout as <see cref="IRecordSource.Wait"/> takes it.</summary>
    public static int Milliseconds(TimeSpan timeout) =>
        timeout == Timeout.InfiniteTimeSpan ? -1 : (int)Math.Clamp(Math.Ceiling(timeout.TotalMilliseconds), 0, int.MaxValue);

    /// <summary>Completes when there may be a record.</summary>
    public async Task WaitAsync(CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Start();
        _asked.Release();
        // Cancelled or not, the thread's answer to this question is awaited before the next is put.
        using (cancellation.UnsafeRegister(static waiter => ((RecordWaiter)waiter!).Source.Wake(), this))
            await _ready.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _closing = true;
        if (_thread is not null)
        {
            _asked.Release();
            source.Wake();
            _thread.Join();
        }

        _disposed = true;
        source.Dispose();
        _asked.Dispose();
        _ready.Dispose();
    }

    private void Start()
    {
        if (_thread is not null)
            return;
        _thread = new Thread(Serve) { IsBackground = true, Name = "holdfast records" };
        _thread.Start();
    }

    private void Serve()
    {
        while (true)
        {
            _asked.Wait();
            if (_closing)
                return;
            source.Wait(-1);
            _ready.Release();
        }
    }
}
