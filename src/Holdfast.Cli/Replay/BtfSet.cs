using Holdfast.Btf;
using Holdfast.Cli.Replay.Records;
using Holdfast.Isa.Abi;

namespace Holdfast.Cli.Replay;

/// <summary>
/// BTF objects of a worker's engine by hash: a map and a program that name one hash have one object, as in the recording.
/// Neighbouring records name the same few, so only some are kept.
/// </summary>
internal sealed class BtfSet(IBpfEngine engine, RecordingFolder folder) : IDisposable
{
    private const int Kept = 32;

    private readonly Dictionary<string, int> _descriptors = [];
    private readonly Dictionary<string, BtfGraph?> _graphs = [];

    /// <summary>The descriptor for a hash; 0 if there is none, or the engine doesn't take the blob.</summary>
    public int Descriptor(string? sha)
    {
        if (sha is null || folder.Blob(sha) is not { } blob)
            return 0;
        if (!_descriptors.TryGetValue(sha, out int descriptor))
            _descriptors[sha] = descriptor = Math.Max(0, engine.BtfLoad(blob));
        return descriptor;
    }

    /// <summary>The types for a hash, for verification without an engine.</summary>
    public BtfGraph? Graph(string? sha)
    {
        if (sha is null || folder.Blob(sha) is not { } blob)
            return null;
        if (!_graphs.TryGetValue(sha, out BtfGraph? graph))
            _graphs[sha] = graph = BtfGraph.TryRead(blob, null, out BtfGraph? read, out _) ? read : null;
        return graph;
    }

    /// <summary>Between programs: lets go of what has gathered.</summary>
    public void Trim()
    {
        if (_descriptors.Count > Kept)
            Dispose();
        if (_graphs.Count > Kept)
            _graphs.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (int descriptor in _descriptors.Values)
        {
            if (descriptor > 0)
                engine.Close(descriptor);
        }

        _descriptors.Clear();
    }
}
