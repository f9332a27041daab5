namespace Holdfast.Bench;

/// <summary>A directory for a store, on tmpfs where there is one, that goes away with this.</summary>
internal sealed class TemporaryStore : IDisposable
{
    /// <summary>The directory; the engine creates the store.</summary>
    public string Path { get; } = System.IO.Path.Combine(
        Directory.Exists("/dev/shm") ? "/dev/shm" : System.IO.Path.GetTempPath(), $"holdfast-bench-{Guid.NewGuid():n}");

    public void Dispose()
    {
        if (Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }
    }
}
