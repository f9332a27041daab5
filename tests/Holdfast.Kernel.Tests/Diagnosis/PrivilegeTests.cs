using Holdfast.Isa.Abi;
using Holdfast.Kernel.Diagnosis;
using Holdfast.Kernel.Tests.Support;
using Holdfast.Objects;

namespace Holdfast.Kernel.Tests.Diagnosis;

/// <summary>Missing privilege, missing types, limits: a cause and a remedy in one line.</summary>
public sealed class PrivilegeTests
{
    [Fact]
    public void EachMissingCapabilityIsNamed()
    {
        Privilege.Require();
        foreach ((Action<Bpf> attempt, string capability) in new (Action<Bpf>, string)[]
        {
            (bpf => bpf.CreateMap(MapType.Hash, 4, 4, 1), "CAP_BPF"),
            (bpf => bpf.Load(Counters.Spec.WithOnly("count_xdp")), "CAP_BPF"),
            (bpf => bpf.OpenMap(1), "CAP_SYS_ADMIN"),
            (bpf => bpf.OpenLink(1), "CAP_SYS_ADMIN"),
        })
        {
            BpfException refused = Unprivileged.Run(() => Assert.Throws<BpfException>(() =>
            {
                using Bpf bpf = Bpf.OpenKernel();
                attempt(bpf);
            }));
            Assert.Equal(Errno.EPERM, refused.Errno);
            Assert.Contains($"needs {capability}", refused.Message, StringComparison.Ordinal);
            Assert.Contains("run as root, or grant it", refused.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', refused.Message);
        }
    }

    [Fact]
    public void MountingWithoutPrivilegeSaysWhatItNeeds()
    {
        Privilege.Require();
        string directory = Directory.CreateTempSubdirectory("holdfast-kernel-test-").FullName;
        BpfException refused = Unprivileged.Run(() => Assert.Throws<BpfException>(() => Bpf.OpenKernel().Mount(directory)));
        Directory.Delete(directory);
        Assert.Equal(Errno.EPERM, refused.Errno);
        Assert.Contains("mounting needs CAP_SYS_ADMIN", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AKernelWithoutTypesIsNamedWithTheRemedy()
    {
        Privilege.Require();
        using Bpf bpf = Bpf.OpenKernel();
        VerificationException missing = Assert.Throws<VerificationException>(
            () => bpf.Load(Counters.Spec.WithOnly("print_elements"), new BpfLoadOptions { KernelBtf = new Btf.Writing.BtfBuilder().Build() }));
        Assert.Contains("the kernel's types have no", missing.Message, StringComparison.Ordinal);
        Assert.Contains("struct bpf_iter__bpf_map_elem.value", missing.Message, StringComparison.Ordinal);
    }

    /// <summary>A log longer than the first buffer (64 KiB) makes the kernel answer ENOSPC, and is asked for again whole, statistics at its end.</summary>
    [Fact]
    public void AVerifierLogIsGivenRoomUntilItFits()
    {
        Privilege.Require();
        using Bpf bpf = Bpf.OpenKernel();
        BpfObjectSpec sample = BpfObjectSpec.Load(Path.Combine(AppContext.BaseDirectory, "Fixtures", "flow_stats.bpf.o"));
        using BpfObject loaded = bpf.Load(sample, new BpfLoadOptions { LogLevel = 2 });
        string log = loaded.Reports["flow_stats"].Log;
        Assert.True(log.Length > 1 << 16, $"{log.Length} characters");
        Assert.StartsWith("func#0 @0", log, StringComparison.Ordinal);
        Assert.Matches(@"\nprocessed \d+ insns .*\n$", log);
    }

    /// <summary>This machine's kernel counts against the memory cgroup, so that nothing is changed unasked; where it would be, it is said.</summary>
    [Fact]
    public void TheMemlockLimitIsRaisedOnlyWhereItCountsAndNeverSilently()
    {
        Privilege.Require();
        Assert.Equal(Environment.OSVersion.Version < new Version(5, 11), MemlockLimit.IsCounted);
        string before = Limit();
        Assert.Equal(0, MemlockLimit.Raise(isCounted: false, out string? note));
        Assert.Equal((null, before), (note, Limit()));
        if (before.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3] == "unlimited")
            Assert.Skip("the limit is lifted already");

        // In a thread without privilege it goes as far as the hard limit, which here is the soft one: nothing changes, and that is said.
        (int Result, string? Note) refused = Unprivileged.Run(() => (MemlockLimit.Raise(isCounted: true, out string? said), said));
        Assert.Equal((-(int)Errno.EPERM, before), (refused.Result, Limit()));
        Assert.Contains("raising it needs CAP_SYS_RESOURCE", refused.Note, StringComparison.Ordinal);

        // Lowered, it is raised again: without limit where the process may, else as far as the hard limit.
        string[] fields = before.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        try
        {
            Tools.Run("prlimit", "--pid", $"{Environment.ProcessId}", $"--memlock=65536:{fields[4]}");
            Assert.Equal(0, MemlockLimit.Raise(isCounted: true, out string? raised));
            Assert.StartsWith("raised RLIMIT_MEMLOCK from 64 KiB to ", raised, StringComparison.Ordinal);
            Assert.Contains(Limit().Split(' ', StringSplitOptions.RemoveEmptyEntries)[3], new[] { "unlimited", fields[4] });
        }
        finally
        {
            Tools.Run("prlimit", "--pid", $"{Environment.ProcessId}", $"--memlock={fields[3]}:{fields[4]}");
        }
    }

    private static string Limit() => File.ReadLines("/proc/self/limits").Single(line => line.StartsWith("Max locked memory", StringComparison.Ordinal));
}
