using System.Globalization;
using Holdfast.Isa.Abi;
using Holdfast.Kernel.Diagnosis;
using Holdfast.Kernel.Interop;

namespace Holdfast.Kernel.FileSystem;

/// <summary>Tells what each name in a directory of the kernel's bpffs is. The only way to learn it is to open the name; it is closed at once.</summary>
internal sealed class PinWalker(KernelEngine engine)
{
    /// <summary>Lists a directory.</summary>
    public int TryList(string directory, out IEnumerable<PinnedName> names)
    {
        names = [];
        if (!Directory.Exists(directory))
        {
            return directory == BpffsMounts.DefaultPath
                ? Failures.Of(Errno.ENOENT, BpffsMounts.Missing(directory))
                : Failures.Of(Errno.ENOENT, "there is no such directory");
        }

        if (!BpffsMounts.IsBpffs(directory))
            return Failures.Of(Errno.EINVAL, BpffsMounts.Missing(directory));
        names = new DirectoryInfo(directory).EnumerateFileSystemInfos().OrderBy(entry => entry.Name, StringComparer.Ordinal).Select(Look);
        return 0;
    }

    private PinnedName Look(FileSystemInfo entry)
    {
        PinnedNameType type = entry.LinkTarget is not null ? PinnedNameType.SymbolicLink
            : entry is DirectoryInfo ? PinnedNameType.Directory
            : PinnedNameType.Other;
        _ = Native.Status(entry.FullName, out _, out uint user, out _);
        PinnedName name = new(entry.Name, type, ObjectKind.None, 0, "", (uint)entry.UnixFileMode, user);

        // Names with a dot are the file system's own (maps.debug, progs.debug): nothing can be pinned there.
        return type == PinnedNameType.Other && !entry.Name.Contains('.', StringComparison.Ordinal) ? Open(entry.FullName, name) : name;
    }

    private PinnedName Open(string path, PinnedName name)
    {
        // Programs and links can't be opened read-only, maps of others often only so.
        int descriptor = engine.Get(path);
        if (descriptor is -(int)Errno.EACCES or -(int)Errno.EPERM)
            descriptor = engine.Get(path, MapFlags.ReadOnly);
        if (descriptor < 0)
            return name with { Type = PinnedNameType.Unreadable };
        try
        {
            return Describe(descriptor, name with { Type = PinnedNameType.Pin, Kind = engine.KindOf(descriptor), AllocatedBytes = BytesOf(descriptor) });
        }
        finally
        {
            engine.Close(descriptor);
        }
    }

    /// <summary>What the kernel says that the object takes (<c>memlock</c>, in bytes); of links it says nothing.</summary>
    private long BytesOf(int descriptor)
    {
        const string Line = "memlock:";
        _ = engine.ReadFdInfo(descriptor, out string text);
        string? line = text.Split('\n').FirstOrDefault(line => line.StartsWith(Line, StringComparison.Ordinal));
        return long.TryParse(line.AsSpan(Math.Min(Line.Length, line?.Length ?? 0)), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture, out long bytes) ? bytes : 0;
    }

    private PinnedName Describe(int descriptor, PinnedName name)
    {
        switch (name.Kind)
        {
            case ObjectKind.Map:
                MapInfo map = default;
                return engine.Info(descriptor, ref map) < 0 ? name : name with { Id = map.Id, ObjectName = map.Name.ToString() };
            case ObjectKind.Program:
                ProgInfo program = default;
                return engine.Info(descriptor, ref program) < 0 ? name : name with { Id = program.Id, ObjectName = program.Name.ToString() };
            case ObjectKind.Link:
                LinkInfo link = default;
                return engine.Info(descriptor, ref link) < 0 ? name : name with { Id = link.Id, ObjectName = link.Type.ToString() };
            default:
                return name with { Type = PinnedNameType.Other };
        }
    }
}
