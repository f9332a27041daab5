namespace Holdfast.Storage.FileSystem;

/// <summary>Which file systems can hold a store, by the magic number of statfs(2) (<c>linux/magic.h</c>).</summary>
internal static class SupportedFileSystems
{
    private const string OtherHosts = "other hosts may change files there without our locks or mappings seeing it";
    private const string Fuse = "shared mappings and open-file-description locks there are as good as the daemon behind it";
    private const string Layers = "a file changes identity when it is copied up from a lower layer";
    private const string NotForData = "it does not hold ordinary files";

    /// <summary>Describes a file system.</summary>
    internal static FileSystemTraits Describe(long magic) => (uint)magic switch
    {
        0x01021994 => FileSystemTraits.Good("tmpfs", volatileContent: true, maximumLinks: null),
        0x858458f6 => FileSystemTraits.Good("ramfs", volatileContent: true, maximumLinks: null),
        0xEF53 => FileSystemTraits.Good("ext4", volatileContent: false, maximumLinks: 65_000),
        0x58465342 => FileSystemTraits.Good("xfs", volatileContent: false, maximumLinks: int.MaxValue),
        0x9123683E => FileSystemTraits.Good("btrfs", volatileContent: false, maximumLinks: 65_535),
        0xF2F52010 => FileSystemTraits.Refused("f2fs", "nobody has tested it yet"),
        0x6969 => FileSystemTraits.Refused("nfs", OtherHosts),
        0xFF534D42 or 0xFE534D42 or 0x517B => FileSystemTraits.Refused("smb", OtherHosts),
        0x00C36400 => FileSystemTraits.Refused("ceph", OtherHosts),
        0x5346414F => FileSystemTraits.Refused("afs", OtherHosts),
        0x01021997 => FileSystemTraits.Refused("9p", OtherHosts),
        0x01161970 => FileSystemTraits.Refused("gfs2", OtherHosts),
        0x7461636F => FileSystemTraits.Refused("ocfs2", OtherHosts),
        0x65735546 => FileSystemTraits.Refused("fuse", Fuse),
        0x6A656A63 => FileSystemTraits.Refused("virtiofs", Fuse),
        0x794C7630 => FileSystemTraits.Refused("overlayfs", Layers),
        0x61756673 => FileSystemTraits.Refused("aufs", Layers),
        0x9FA0 => FileSystemTraits.Refused("proc", NotForData),
        0x62656572 => FileSystemTraits.Refused("sysfs", NotForData),
        0xCAFE4A11 => FileSystemTraits.Refused("bpf", NotForData),
        0x27E0EB => FileSystemTraits.Refused("cgroup", NotForData),
        0x63677270 => FileSystemTraits.Refused("cgroup2", NotForData),
        0x4D44 => FileSystemTraits.Refused("vfat", "it has no hard links"),
        0x2011BAB0 => FileSystemTraits.Refused("exfat", "it has no hard links"),
        _ => FileSystemTraits.Refused($"0x{(uint)magic:x}", "it is not known to hold links, locks and shared mappings together"),
    };
}
