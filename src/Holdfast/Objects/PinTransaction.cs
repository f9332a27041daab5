using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>Pins that are all kept or all removed again.</summary>
internal sealed class PinTransaction(Bpf bpf) : IDisposable
{
    private readonly List<string> _pins = [];
    private readonly List<string> _directories = [];

    /// <summary>bpffs takes no dots in names: <c>flow_sta.rodata</c> is pinned as <c>flow_sta_rodata</c>.</summary>
    public static string FileName(string name) => name.Replace('.', '_');

    /// <summary>Pins an object, making the directories that lead to it.</summary>
    public void Pin(BpfHandle handle, string path)
    {
        MakeDirectory(Path.GetDirectoryName(path)!);
        handle.Pin(path);
        _pins.Add(path);
    }

    /// <summary>Keeps what was pinned.</summary>
    public void Keep()
    {
        _pins.Clear();
        _directories.Clear();
    }

    /// <summary>Removes what was pinned and not kept.</summary>
    public void Dispose()
    {
        foreach (string pin in _pins)
            bpf.Unpin(pin);
        _directories.Reverse();
        foreach (string directory in _directories)
            Directory.Delete(directory);
        Keep();
    }

    /// <summary>Makes a directory, and those that lead to it.</summary>
    public void MakeDirectory(string path)
    {
        if (Directory.Exists(path))
            return;
        if (Path.GetDirectoryName(path) is { } parent)
            MakeDirectory(parent);
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new BpfException(Errno.EACCES, $"directory {path} can't be made: {WhyNoPins(Path.GetDirectoryName(path)!) ?? exception.Message} [{Errno.EACCES}]");
        }

        _directories.Add(path);
    }

    /// <summary>Why there can be no pins in a directory, if it is none of the engine's; its file system may say anything then.</summary>
    private string? WhyNoPins(string directory) =>
        bpf.Engine is IPinFileSystem pins && pins.TryList(directory, out _) == -(int)Errno.EINVAL ? bpf.Engine.LastFailure : null;
}
