using Holdfast.Isa.Abi;

namespace Holdfast.Bench;

/// <summary>A map and names for it in a directory of one engine.</summary>
internal sealed class PinScene : IDisposable
{
    private readonly IBpfEngine _engine;
    private readonly bool _isKernel;
    private readonly BpfMap _map;
    private readonly string[] _paths;

    public PinScene(Bpf bpf, string directory)
    {
        _engine = bpf.Engine;
        _isKernel = bpf.Store is null;
        _map = bpf.CreateMap(MapType.Array, 4, 4, 1);
        _paths = [.. Enumerable.Range(0, 200).Select(i => $"{directory}/name{i}")];
    }

    public void PinAll()
    {
        foreach (string path in _paths)
            Check(_engine.Pin(_map.Handle.Descriptor, path));
    }

    public void GetAll()
    {
        foreach (string path in _paths)
            Check(_engine.Close(Check(_engine.Get(path))));
    }

    /// <summary>The kernel's by the bare unlink(2), ours by the call that frees what was named last.</summary>
    public void UnlinkAll()
    {
        foreach (string path in _paths)
        {
            if (_isKernel)
                File.Delete(path);
            else
                Check(((IPinFileSystem)_engine).Unpin(path));
        }
    }

    public void CreateAll()
    {
        for (int i = 0; i < _paths.Length; i++)
            Check(_engine.Close(Check(_engine.MapCreate(MapType.Array, 4, 4, 1))));
    }

    /// <summary>Nanoseconds of one name's three calls.</summary>
    public double MedianOfPinGetUnlink(int batches)
    {
        double[] samples = new double[batches];
        for (int batch = 0; batch < batches; batch++)
        {
            long start = Clock.ThreadNanoseconds();
            PinAll();
            GetAll();
            UnlinkAll();
            samples[batch] = (Clock.ThreadNanoseconds() - start) / (double)_paths.Length;
        }

        return Clock.Median(samples);
    }

    public void Dispose() => _map.Dispose();

    private static int Check(int result) => result >= 0 ? result : throw new InvalidOperationException($"a call failed: {(Errno)(-result)}");
}
