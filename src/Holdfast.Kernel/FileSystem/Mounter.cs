using Holdfast.Isa.Abi;
using Holdfast.Kernel.Diagnosis;
using Holdfast.Kernel.Interop;

namespace Holdfast.Kernel.FileSystem;

/// <summary>mount(2) for the kernel's bpffs.</summary>
internal static class Mounter
{
    private const ulong ReadOnly = 1; // MS_RDONLY
    private const ulong Restricted = 2 | 4 | 8; // MS_NOSUID, MS_NODEV, MS_NOEXEC: a bpffs has no use for any
    private const ulong Remounting = 32; // MS_REMOUNT
    private const ulong BindOnly = 4096; // MS_BIND: with MS_REMOUNT, this mount's flags and not the file system's

    /// <summary>Mounts a new one.</summary>
    public static int Mount(string directory, BpffsOptions options)
    {
        if (options.OnlyRootPins is not null)
            return NoSuchRule();

        // mount(2) would put another over it, and hide its pins.
        if (BpffsMounts.All().Any(mount => mount.Path == directory))
            return Failures.Of(Errno.EBUSY, $"{directory} is a bpffs already; its options are changed with -o remount");
        ulong flags = Restricted | (options.ReadOnly == true ? ReadOnly : 0);
        BpffsOptions given = options with { ReadOnly = null, Mode = options.Mode ?? BpffsOptions.DefaultMode };
        int result = Native.Mount("bpf", directory, "bpf", flags, given.ToString());
        return result switch
        {
            -(int)Errno.ENOTDIR => Failures.Of(result, $"{directory} is no directory to mount at"),
            -(int)Errno.ENOENT => Failures.Of(result, $"there is no directory {directory} to mount at; make it"),
            _ => Explained(result, "mounting"),
        };
    }

    /// <summary>
    /// Changes options. The kernel takes none of a bpffs's own when it remounts, without a word (Linux 6.18: <c>bpf_context_ops</c> has no
    /// reconfigure); but owner and mode are the root directory's, so that is where they are changed.
    /// </summary>
    public static int Remount(string directory, BpffsOptions options)
    {
        if (NotAMount(directory) is { } reason)
            return Failures.Of(Errno.EINVAL, reason);
        if (options.OnlyRootPins is not null)
            return NoSuchRule();
        if (options.Delegations.Count > 0)
            return Failures.Of(Errno.EINVAL, "the kernel takes delegations at the first mount only; unmount and mount anew");

        // Writable first and read-only last: owner and mode can't be changed of what is read-only.
        int result = options.ReadOnly == false ? SetReadOnly(directory, false) : 0;
        if (result == 0 && (options.User ?? options.Group) is not null)
            result = Native.ChangeOwner(directory, options.User ?? uint.MaxValue, options.Group ?? uint.MaxValue);
        if (result == 0 && options.Mode is { } mode)
            result = Native.ChangeMode(directory, mode);
        if (result == 0 && options.ReadOnly == true)
            result = SetReadOnly(directory, true);
        return result == -(int)Errno.EROFS ? Failures.Of(Errno.EROFS, $"{directory} is mounted read-only; remount it with rw first") : Explained(result, "remounting");
    }

    /// <summary>Unmounts; its names go with it.</summary>
    public static int Unmount(string directory, bool lazy)
    {
        if (NotAMount(directory) is { } reason)
            return Failures.Of(Errno.EINVAL, reason);
        int result = Native.Unmount(directory, lazy);
        return result == -(int)Errno.EBUSY
            ? Failures.Of(Errno.EBUSY, $"{directory} is in use: a process works in it or has a directory of it open; end that, or unmount lazily (umount --lazy)")
            : Explained(result, "unmounting");
    }

    private static int SetReadOnly(string directory, bool readOnly) =>
        Native.Mount("bpf", directory, "bpf", Remounting | BindOnly | Restricted | (readOnly ? ReadOnly : 0), "");

    private static int NoSuchRule() =>
        Failures.Of(Errno.EINVAL, "pin= is an option of the userspace engine; in the kernel's bpffs the directories' modes say who may pin");

    private static string? NotAMount(string directory) =>
        BpffsMounts.All().Any(mount => mount.Path == directory) ? null : $"no bpffs is mounted at {directory}";

    private static int Explained(int result, string what) => Failures.Of(result, result switch
    {
        >= 0 => null,
        -(int)Errno.EPERM => $"{what} needs CAP_SYS_ADMIN in the mount namespace's user namespace; run as root",
        -(int)Errno.ENODEV => "the running kernel has no bpffs; it wants CONFIG_BPF_SYSCALL=y",
        _ => null,
    });
}
