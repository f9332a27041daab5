using System.Runtime.InteropServices;
using Holdfast.Cli.Formatting;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;

namespace Holdfast.Cli.Doctor;

/// <summary>Looks at the machine, the store and both engines. It creates the store where that is missing, as any command would.</summary>
internal static class Examination
{
    /// <summary>openat2(2) is the newest call that a store needs.</summary>
    public static Version MinimumKernel { get; } = new(5, 6);

    private const string KernelTypes = "/sys/kernel/btf/vmlinux";

    /// <summary>All findings.</summary>
    public static IEnumerable<Finding> Run(string? store)
    {
        yield return Kernel();
        foreach (Finding finding in Userspace(store))
            yield return finding;
        yield return KernelEngine();
        yield return File.Exists(KernelTypes)
            ? new(Verdict.Fine, "kernel BTF", $"{KernelTypes}, {Units.Bytes(new FileInfo(KernelTypes).Length)}")
            : new(Verdict.Missing, "kernel BTF", $"{KernelTypes} is missing: no CO-RE relocation against the running kernel, no kfuncs, no typed contexts");
    }

    private static Finding Kernel()
    {
        Version version = Environment.OSVersion.Version;
        string text = $"Linux {version.Major}.{version.Minor}.{version.Build} {RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}, at least {MinimumKernel} is needed";
        return new(version >= MinimumKernel ? Verdict.Fine : Verdict.Fails, "kernel", text);
    }

    private static IEnumerable<Finding> Userspace(string? store)
    {
        Bpf? bpf = null;
        string failure = "";
        try
        {
            bpf = Bpf.Open(new BpfOptions { Store = store });
        }
        catch (BpfException exception)
        {
            failure = exception.Message;
        }

        if (bpf is null)
        {
            yield return new(Verdict.Fails, "store", failure);
            yield break;
        }

        using (bpf)
        {
            foreach (Finding finding in Store(bpf, bpf.Store!.Describe()))
                yield return finding;
        }
    }

    private static IEnumerable<Finding> Store(Bpf bpf, StoreDescription store)
    {
        yield return new(Verdict.Fine, "store", $"{store.Path}, of user {store.Owner}");
        yield return new(Verdict.Fine, "pins last", $"{Lifetime(store.Lifetime)} ({store.FileSystem})");
        yield return new(
            store.FreeBytes < 1 << 20 ? Verdict.Missing : Verdict.Fine,
            "space",
            $"{Units.Bytes(store.FreeBytes)} free of {Units.Bytes(store.TotalBytes)}{(store.FreeFiles is { } files ? $", {files} more files" : "")}");
        yield return store.WhyNoCreation is { } creation
            ? new(Verdict.Missing, "creating objects", creation)
            : new(Verdict.Fine, "creating objects", "allowed");
        if (store.WhyNoSweep is { } sweep)
            yield return new(Verdict.Missing, "freeing objects", sweep);
        yield return new(Verdict.Fine, "mounts", string.Join(", ", bpf.Mounts.Select(mount => $"{mount.Path} ({mount.Options})")));
        const uint WritableByOthers = 0x12; // g+w, o+w
        foreach (BpffsMount mount in bpf.Mounts.Where(mount => (mount.Options.Mode & WritableByOthers) != 0))
            yield return new(Verdict.Missing, "closed mounts", $"others may pin and unpin in {mount.Path}; unless that is meant: holdfast mount {mount.Path} -o remount,mode=700");
        yield return store.TellsKinds
            ? new(Verdict.Fine, "user attributes", "pins carry user.bpf.type")
            : new(Verdict.Missing, "user attributes", $"{store.FileSystem} here has none (tmpfs: since Linux 6.6): kinds of pins are read from headers");
        yield return new(Verdict.Fine, "execution slots", $"{store.ExecutionSlots}: as many threads run programs at once, and per-CPU maps have as many values");
        yield return bpf.ExecutionEngineName == "jit"
            ? new(Verdict.Fine, "execution", "JIT")
            : new(Verdict.Missing, "execution", "interpreter (HOLDFAST_JIT=0, or no dynamic code here)");
    }

    private static string Lifetime(StoreLifetime lifetime) => lifetime switch
    {
        StoreLifetime.UntilReboot => "until the machine restarts",
        StoreLifetime.UntilLastLogout => "until this user's last session ends",
        _ => "across restarts",
    };

    /// <summary>Asks for the smallest thing that needs the permission: an array map, which is gone with its descriptor.</summary>
    private static Finding KernelEngine()
    {
        const string Name = "kernel engine";
        using Bpf bpf = Bpf.OpenKernel();
        try
        {
            bpf.CreateMap(MapType.Array, 4, 4, 1).Dispose();
        }
        catch (BpfException failure)
        {
            string reason = failure.Errno switch
            {
                Errno.EPERM => "bpf(2) isn't permitted here; it wants root or CAP_BPF",
                Errno.ENOSYS => "the running kernel has no bpf(2)",
                _ => failure.Message,
            };
            return new(Verdict.Missing, Name, reason);
        }

        string others = string.Join(", ", bpf.Mounts.Select(mount => mount.Path));
        return bpf.Mounts.Any(mount => mount.Path == bpf.DefaultMount)
            ? new(Verdict.Fine, Name, $"bpf(2) works, bpffs at {others}")
            : new(Verdict.Missing, Name, $"bpf(2) works; no bpffs at {bpf.DefaultMount}{(others.Length > 0 ? $", but at {others}" : "")} (holdfast mount {bpf.DefaultMount} --engine kernel)");
    }
}
