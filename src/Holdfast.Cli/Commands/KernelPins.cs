using Holdfast.Cli.Hosting;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;

namespace Holdfast.Cli.Commands;

/// <summary>Lists a directory of the kernel's bpffs by opening each name.</summary>
internal static class KernelPins
{
    /// <summary>The entries; what can't be opened is unreadable.</summary>
    public static IEnumerable<PinEntry> List(Bpf bpf, string path)
    {
        if (!Directory.Exists(path))
            throw new CliException($"{path}: there is no such directory");
        foreach (FileSystemInfo entry in new DirectoryInfo(path).EnumerateFileSystemInfos())
            yield return entry is DirectoryInfo ? Entry(entry, PinEntryType.Directory) : Open(bpf, entry);
    }

    private static PinEntry Open(Bpf bpf, FileSystemInfo file)
    {
        try
        {
            using BpfHandle handle = bpf.OpenPinned(file.FullName);
            return handle switch
            {
                BpfMap map => Entry(file, PinEntryType.Pin) with { Kind = ObjectKind.Map, Id = map.Id, ObjectName = map.Name },
                BpfProgram program => Entry(file, PinEntryType.Pin) with { Kind = ObjectKind.Program, Id = program.Id, ObjectName = program.Name },
                _ => Entry(file, PinEntryType.Other),
            };
        }
        catch (BpfException)
        {
            return Entry(file, PinEntryType.Unreadable);
        }
    }

    private static PinEntry Entry(FileSystemInfo info, PinEntryType type) =>
        new(info.Name, type, ObjectKind.None, 0, "", (uint)info.UnixFileMode, 0, 0, 0, 0, Guid.Empty);
}
