using System.Runtime.InteropServices;
using Holdfast.Execution;
using Holdfast.Isa.Abi;

namespace Holdfast.Userspace.Helpers;

/// <summary>Who runs the program: the calling thread of this process (kernel/bpf/helpers.c).</summary>
internal static unsafe partial class IdentityHelpers
{
    private const int NameBytes = 16;

    /// <summary><c>bpf_get_smp_processor_id()</c>: the execution slot, which is what per-CPU maps count.</summary>
    public static ulong Processor(RunContext context, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) => context.ExecutionSlot;

    /// <summary><c>bpf_get_numa_node_id()</c></summary>
    public static ulong NumaNode(RunContext context, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        uint processor;
        uint node;
        return GetCpu(&processor, &node) == 0 ? node : 0;
    }

    /// <summary><c>bpf_get_current_pid_tgid()</c></summary>
    public static ulong ProcessAndThread(RunContext context, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) =>
        ((ulong)(uint)Environment.ProcessId << 32) | (uint)GetThreadId();

    /// <summary><c>bpf_get_current_uid_gid()</c></summary>
    public static ulong UserAndGroup(RunContext context, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) =>
        ((ulong)GetGroupId() << 32) | GetUserId();

    /// <summary><c>bpf_get_current_comm(buf, size)</c>: the thread's name, padded with zeros.</summary>
    public static ulong Command(RunContext context, ulong buffer, ulong size, ulong r3, ulong r4, ulong r5)
    {
        const int GetName = 16;
        byte* name = stackalloc byte[NameBytes];
        new Span<byte>(name, NameBytes).Clear();
        _ = ProcessControl(GetName, name, 0, 0, 0);

        // The verifier proved the buffer writable for its size, which is above zero.
        Span<byte> destination = new((void*)buffer, (int)(uint)size);
        destination.Clear();
        int length = Math.Min(new ReadOnlySpan<byte>(name, NameBytes).IndexOf((byte)0), destination.Length - 1);
        new ReadOnlySpan<byte>(name, Math.Max(length, 0)).CopyTo(destination);
        return 0;
    }

    /// <summary><c>bpf_get_ns_current_pid_tgid(dev, ino, nsdata, size)</c></summary>
    public static ulong NamespaceProcess(RunContext context, ulong device, ulong inode, ulong data, ulong size, ulong r5)
    {
        const uint DataBytes = 8;
        Span<byte> destination = new((void*)data, (int)(uint)size);
        if ((uint)size != DataBytes || device != ProcessNamespace.Device || inode != ProcessNamespace.Inode)
        {
            destination.Clear();
            return HelperError.InvalidArgument;
        }

        Span<int> ids = MemoryMarshal.Cast<byte, int>(destination);
        ids[0] = GetThreadId();
        ids[1] = Environment.ProcessId;
        return 0;
    }

    /// <summary><c>bpf_get_current_cgroup_id()</c></summary>
    public static ulong Cgroup(RunContext context, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) => ProcessCgroup.Id;

    /// <summary><c>bpf_get_current_ancestor_cgroup_id(level)</c></summary>
    public static ulong AncestorCgroup(RunContext context, ulong level, ulong r2, ulong r3, ulong r4, ulong r5) =>
        ProcessCgroup.Ancestor((int)level);

    /// <summary><c>bpf_skb_ancestor_cgroup_id(skb, level)</c>: the packet's socket is this process's.</summary>
    public static ulong SocketAncestorCgroup(RunContext context, ulong packet, ulong level, ulong r3, ulong r4, ulong r5) =>
        ProcessCgroup.Ancestor((int)level);

    /// <summary>No net_cls class, no realm, no cookie: what the kernel answers where there is none.</summary>
    public static ulong Zero(RunContext context, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5) => 0;

    [LibraryImport("libc", EntryPoint = "gettid")]
    [SuppressGCTransition]
    private static partial int GetThreadId();

    [LibraryImport("libc", EntryPoint = "getuid")]
    [SuppressGCTransition]
    private static partial uint GetUserId();

    [LibraryImport("libc", EntryPoint = "getgid")]
    [SuppressGCTransition]
    private static partial uint GetGroupId();

    [LibraryImport("libc", EntryPoint = "getcpu")]
    [SuppressGCTransition]
    private static partial int GetCpu(uint* processor, uint* node);

    [LibraryImport("libc", EntryPoint = "prctl")]
    [SuppressGCTransition]
    private static partial int ProcessControl(int option, byte* name, nint third, nint fourth, nint fifth);

    public static HelperTable AddTo(HelperTable table) => table
        .With(HelperId.GetSmpProcessorId, &Processor)
        .With(HelperId.GetNumaNodeId, &NumaNode)
        .With(HelperId.GetCurrentPidTgid, &ProcessAndThread)
        .With(HelperId.GetCurrentUidGid, &UserAndGroup)
        .With(HelperId.GetCurrentComm, &Command)
        .With(HelperId.GetNsCurrentPidTgid, &NamespaceProcess)
        .With(HelperId.GetCurrentCgroupId, &Cgroup)
        .With(HelperId.GetCurrentAncestorCgroupId, &AncestorCgroup)
        .With(HelperId.GetCgroupClassid, &Zero)
        .With(HelperId.SkbCgroupClassid, &Zero)
        .With(HelperId.SkbCgroupId, &Cgroup)
        .With(HelperId.SkbAncestorCgroupId, &SocketAncestorCgroup)
        .With(HelperId.SkCgroupId, &Cgroup)
        .With(HelperId.SkAncestorCgroupId, &SocketAncestorCgroup)
        .With(HelperId.GetRouteRealm, &Zero)
        .With(HelperId.GetSocketUid, &Zero)
        .With(HelperId.GetAttachCookie, &Zero);
}
