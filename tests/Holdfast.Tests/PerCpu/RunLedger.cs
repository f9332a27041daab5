using System.IO.MemoryMappedFiles;

namespace Holdfast.Tests.PerCpu;

/// <summary>How many runs each thread of each child has completed, in a file that outlives them.</summary>
internal sealed class RunLedger : IDisposable
{
    private const int Line = 64;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    public RunLedger(string path, int lines)
    {
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.OpenOrCreate, null, (long)lines * Line);
        _view = _file.CreateViewAccessor();
        Lines = lines;
    }

    public int Lines { get; }

    public long Total => Enumerable.Range(0, Lines).Sum(line => _view.ReadInt64((long)line * Line));

    public long this[int line] => _view.ReadInt64((long)line * Line);

    /// <summary>Only a line's own thread adds to it.</summary>
    public void Add(int line, long runs)
    {
        Thread.MemoryBarrier();
        _view.Write((long)line * Line, _view.ReadInt64((long)line * Line) + runs);
    }

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}
