using System.IO.MemoryMappedFiles;
using Holdfast.Storage.Tests.FileSystem;

namespace Holdfast.Storage.Tests.Maps;

/// <summary>What writers meant to write and what they have written, in a file of its own that outlives them.</summary>
internal sealed class Ledger : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    public Ledger(string path)
    {
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.OpenOrCreate, null, (Torture.Keys * 16L) + 8);
        _view = _file.CreateViewAccessor();
    }

    /// <summary>The counter of a key's update that was begun last.</summary>
    public ulong Begun(uint key) => _view.ReadUInt64(key * 16L);

    /// <summary>The counter of a key's update that was completed last.</summary>
    public ulong Completed(uint key) => _view.ReadUInt64((key * 16L) + 8);

    public void Begin(uint key, ulong counter)
    {
        _view.Write(key * 16L, counter);
        Thread.MemoryBarrier();
    }

    public void Complete(uint key, ulong counter)
    {
        Thread.MemoryBarrier();
        _view.Write((key * 16L) + 8, counter);
    }

    /// <summary>Whether writers write and readers read now. They rest while others are being started.</summary>
    public bool IsRunning
    {
        get => _view.ReadByte(Torture.Keys * 16L) != 0;
        set => _view.Write(Torture.Keys * 16L, value ? (byte)1 : (byte)0);
    }

    /// <summary>Waits for the game to go on.</summary>
    public void Rest()
    {
        while (!IsRunning)
        {
            Child.EndIfOrphaned();
            Thread.Sleep(1);
        }
    }

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}
