using Holdfast.Cli.Replay.Records;
using Holdfast.Isa.Abi;

namespace Holdfast.Cli.Replay;

/// <summary>A worker's engine, with a store in memory that goes with it.</summary>
internal sealed class ReplayEngine : IDisposable
{
    private const string Memory = "/dev/shm";

    private readonly Bpf _bpf;
    private readonly string? _store;

    private ReplayEngine(Bpf bpf, string? store)
    {
        _bpf = bpf;
        _store = store;
    }

    /// <summary>The engine.</summary>
    public IBpfEngine Engine => _bpf.Engine;

    /// <summary>Opens an engine.</summary>
    /// <param name="settings">Which one.</param>
    /// <param name="folder">Where the recording kernel's types are.</param>
    /// <returns>The engine.</returns>
    /// <exception cref="BpfException">It can't be opened.</exception>
    public static ReplayEngine Open(ReplaySettings settings, RecordingFolder folder)
    {
        if (settings.UseKernel)
            return new ReplayEngine(Bpf.OpenKernel(), null);
        string root = Directory.Exists(Memory) ? Memory : Path.GetTempPath();
        string store = Path.Combine(root, $"holdfast-replay-{Environment.ProcessId}-{Guid.NewGuid():N}");
        Directory.CreateDirectory(store);
        try
        {
            Bpf bpf = Bpf.Open(new BpfOptions
            {
                Store = store,
                UseInterpreter = settings.UseInterpreter,
                KernelBtf = folder.KernelTypes,
                AllowUnrunnablePrograms = true,
            });
            return new ReplayEngine(bpf, store);
        }
        catch (BpfException)
        {
            Directory.Delete(store, recursive: true);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _bpf.Dispose();
        if (_store is not null)
            Directory.Delete(_store, recursive: true);
    }
}
