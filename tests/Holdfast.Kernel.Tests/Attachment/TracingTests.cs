using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;
using Holdfast.Kernel.Tests.Support;

namespace Holdfast.Kernel.Tests.Attachment;

/// <summary>Places in the kernel's code; the programs count what this process does only.</summary>
public sealed partial class TracingTests
{
    [Fact]
    public void ARawTracepointIsTakenFromTheSection()
    {
        using Counters counters = Counters.Load("count_raw");
        using (BpfLink link = counters["count_raw"].Attach())
        {
            Assert.True(counters.During(Slot.Raw, AskParent) >= 10);
            Assert.Equal((LinkType.RawTracepoint, "sys_enter"), (link.Type, link.ReadDetails().TargetName));
        }

        Assert.Equal(0, counters.During(Slot.Raw, AskParent));
        BpfException missing = Assert.Throws<BpfException>(() => counters["count_raw"].AttachRawTracepoint("no_such_thing"));
        Assert.Equal(Errno.ENOENT, missing.Errno);
    }

    [Fact]
    public void ATracepointIsFoundInTracefs()
    {
        using Counters counters = Counters.Load("count_trace");
        using TemporaryTracefs tracefs = new();
        using (BpfLink link = counters["count_trace"].Attach())
        {
            Assert.True(counters.During(Slot.Trace, AskParent) >= 10);
            Assert.Equal(LinkType.PerfEvent, link.Type);
            Assert.Equal("sys_enter_getppid", link.ReadDetails().TargetName);
        }

        Assert.Equal(0, counters.During(Slot.Trace, AskParent));
        BpfException missing = Assert.Throws<BpfException>(() => counters["count_trace"].AttachTracepoint("syscalls", "no_such_thing"));
        Assert.Equal(Errno.ENOENT, missing.Errno);
        Assert.Contains("no tracepoint no_such_thing", missing.Message, StringComparison.Ordinal);
        Assert.Equal(Errno.EINVAL, Assert.Throws<BpfException>(() => counters["count_trace"].AttachTracepoint("../x", "y")).Errno);
    }

    [Fact]
    public void AUprobeSeesALibrarysFunction()
    {
        using Counters counters = Counters.Load("count_uprobe");
        (string file, ulong offset) = FindGetppid();
        try
        {
            using (BpfLink link = counters["count_uprobe"].AttachUprobe(file, offset, process: Environment.ProcessId))
                Assert.True(counters.During(Slot.Uprobe, AskParent) >= 10);
            Assert.Equal(0, counters.During(Slot.Uprobe, AskParent));
        }
        catch (BpfException failure) when (failure.Errno == Errno.EOPNOTSUPP)
        {
            Assert.False(Directory.Exists("/sys/bus/event_source/devices/uprobe"));
            Assert.Skip(failure.Message);
        }
    }

    [Fact]
    public void AKprobeIsTakenFromTheSectionWhereTheKernelHasThem()
    {
        using Counters counters = Counters.Load("count_kprobe");
        try
        {
            using BpfLink link = counters["count_kprobe"].Attach();
            Assert.True(counters.During(Slot.Opened, () => File.OpenRead("/dev/null").Dispose()) >= 1);
        }
        catch (BpfException failure) when (failure.Errno == Errno.EOPNOTSUPP)
        {
            Assert.False(Directory.Exists("/sys/bus/event_source/devices/kprobe"));
            Assert.Contains("CONFIG_KPROBE_EVENTS=y", failure.Message, StringComparison.Ordinal);
            Assert.Skip(failure.Message);
        }
    }

    [Fact]
    public void AFunctionsEntryIsTakenFromTheSectionWhereTheHostAllowsIt()
    {
        Counters counters;
        try
        {
            counters = Counters.Load("count_fentry");
        }
        catch (BpfException failure) when (failure.Errno == Errno.EPERM && failure is not VerificationException)
        {
            // Refused before verification, although this process may load other programs: the fixture's others load.
            Counters.Load("count_xdp").Dispose();
            Assert.Contains("the host of this machine forbids", failure.Message, StringComparison.Ordinal);
            Assert.Skip(failure.Message);
            return;
        }

        using (counters)
        {
            using BpfLink link = counters["count_fentry"].Attach();
            Assert.Equal(LinkType.Tracing, link.Type);
            Assert.NotEqual(0u, link.ReadDetails().TargetBtfId);
        }
    }

    [Fact]
    public void AnIteratorIsReadAsAStream()
    {
        using Counters counters = Counters.Load("print_elements");
        BpfMap map = counters.Map("walked");
        for (byte key = 1; key <= 3; key++)
            map.Update([key, 0, 0, 0], [(byte)(key * 10), 0, 0, 0, 0, 0, 0, 0]);
        using BpfLink link = counters["print_elements"].AttachIterator(IteratorTarget.Map(map));
        for (int run = 0; run < 2; run++)
        {
            using StreamReader reader = new(link.OpenIterator());
            Assert.Equal(["1=10", "2=20", "3=30"], reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
        }

        LinkDetails details = link.ReadDetails();
        Assert.Equal((LinkType.Iter, "bpf_map_elem", map.Id), (details.Type, details.TargetName, details.MapId));
        Assert.Equal(Errno.EOPNOTSUPP, Assert.Throws<BpfException>(link.Detach).Errno);
    }

    [Fact]
    public void ASectionThatDoesNotSayAllNamesTheMethodThatTakesTheRest()
    {
        using Counters counters = Counters.Load("count_xdp", "count_cgroup", "count_ingress", "count_socket", "count_netfilter", "count_uprobe");
        foreach ((string program, string method) in new[]
        {
            ("count_xdp", "AttachXdp"), ("count_cgroup", "AttachCgroup"), ("count_ingress", "AttachTc"),
            ("count_socket", "AttachSocket"), ("count_netfilter", "AttachNetfilter"), ("count_uprobe", "AttachUprobe"),
        })
        {
            BpfException incomplete = Assert.Throws<BpfException>(() => counters[program].Attach());
            Assert.Equal(Errno.EINVAL, incomplete.Errno);
            Assert.Contains(method, incomplete.Message, StringComparison.Ordinal);
        }
    }

    private static void AskParent()
    {
        for (int i = 0; i < 10; i++)
            _ = getppid();
    }

    /// <summary>Where <c>getppid</c> lies in the C library's file: its symbol's address less its segment's, as nm(1) and the mapping tell.</summary>
    private static (string File, ulong Offset) FindGetppid()
    {
        ulong address = (ulong)NativeLibrary.GetExport(NativeLibrary.Load("libc.so.6"), "getppid");
        foreach (string line in File.ReadLines("/proc/self/maps"))
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            ulong[] range = [.. fields[0].Split('-').Select(text => Convert.ToUInt64(text, 16))];
            if (address >= range[0] && address < range[1])
                return (fields[5], address - range[0] + Convert.ToUInt64(fields[2], 16));
        }

        throw new InvalidOperationException("libc is not mapped.");
    }

    [LibraryImport("libc")]
    private static partial int getppid();

    /// <summary>A tracefs where one must be mounted for the test.</summary>
    private sealed class TemporaryTracefs : IDisposable
    {
        private readonly string? _path;

        public TemporaryTracefs()
        {
            if (Directory.Exists("/sys/kernel/tracing/events"))
                return;
            _path = Directory.CreateTempSubdirectory("holdfast-tracefs-").FullName;
            Tools.TryRun(out string? error, "mount", "-t", "tracefs", "tracefs", _path);
            if (error is null)
                return;
            Directory.Delete(_path);
            Assert.Skip($"no tracefs can be mounted: {error}");
        }

        public void Dispose()
        {
            if (_path is null)
                return;
            Tools.Run("umount", _path);
            Directory.Delete(_path);
        }
    }
}
