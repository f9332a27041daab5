namespace Holdfast.Isa.Abi;

/// <content>Links by what they attach to: where each puts its options in the attribute.</content>
public static unsafe partial class BpfCalls
{
    /// <summary>BPF_LINK_CREATE on an interface's traffic (TCX), or on a hook of the userspace engine.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="program">The program's descriptor.</param>
    /// <param name="interfaceIndex">The interface's index, or the hook's descriptor.</param>
    /// <param name="attachType"><see cref="AttachType.TcxIngress"/> or <see cref="AttachType.TcxEgress"/>; the hook's.</param>
    /// <param name="flags">Place in the list: BPF_F_BEFORE 8, BPF_F_AFTER 16, BPF_F_ID 32.</param>
    /// <param name="relative">Program (descriptor or id) that the place is relative to.</param>
    /// <param name="expectedRevision">Revision that the list must have, 0 for any.</param>
    /// <returns>A descriptor, or the negated <see cref="Errno"/>.</returns>
    public static int LinkCreateTcx(
        this IBpfEngine engine, int program, int interfaceIndex, AttachType attachType, uint flags = 0, uint relative = 0, ulong expectedRevision = 0) =>
        engine.LinkCreate(Common(program, interfaceIndex, attachType) with { Flags = flags, Option0 = relative, Option1 = expectedRevision });

    /// <summary>BPF_LINK_CREATE on an event that perf_event_open(2) opened.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="program">The program's descriptor.</param>
    /// <param name="perfEvent">The event's descriptor.</param>
    /// <param name="cookie">Value that the program can ask for.</param>
    /// <returns>A descriptor, or the negated <see cref="Errno"/>.</returns>
    public static int LinkCreatePerfEvent(this IBpfEngine engine, int program, int perfEvent, ulong cookie = 0) =>
        engine.LinkCreate(Common(program, perfEvent, AttachType.PerfEvent) with { Option0 = cookie });

    /// <summary>BPF_LINK_CREATE on a netfilter hook of the caller's network namespace.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="program">The program's descriptor.</param>
    /// <param name="family">Protocol family, NFPROTO_IPV4 2 or NFPROTO_IPV6 10.</param>
    /// <param name="hook">Hook number, NF_INET_PRE_ROUTING 0 to NF_INET_POST_ROUTING 4.</param>
    /// <param name="priority">Order among the hook's users; neither the first nor the last value.</param>
    /// <param name="flags">Flags: BPF_F_NETFILTER_IP_DEFRAG 1.</param>
    /// <returns>A descriptor, or the negated <see cref="Errno"/>.</returns>
    public static int LinkCreateNetfilter(this IBpfEngine engine, int program, uint family, uint hook, int priority, uint flags = 0) =>
        engine.LinkCreate(Common(program, 0, AttachType.Netfilter) with
        {
            Option0 = Pair(family, hook),
            Option1 = Pair((uint)priority, flags),
        });

    /// <summary>BPF_LINK_CREATE of a tracing, LSM or replacing program; a program loaded for its target needs none named.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="program">The program's descriptor.</param>
    /// <param name="attachType">The program's attach type; unspecified for replacing programs.</param>
    /// <param name="target">Descriptor of the program whose function is the target, 0 for none.</param>
    /// <param name="targetBtfId">BTF id of the target, 0 for the one that the program was loaded for.</param>
    /// <param name="cookie">Value that the program can ask for.</param>
    /// <returns>A descriptor, or the negated <see cref="Errno"/>.</returns>
    public static int LinkCreateTracing(
        this IBpfEngine engine, int program, AttachType attachType, int target = 0, uint targetBtfId = 0, ulong cookie = 0) =>
        engine.LinkCreate(Common(program, target, attachType) with { Option0 = targetBtfId, Option1 = cookie });

    /// <summary>BPF_LINK_CREATE of an iterator.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="program">The program's descriptor.</param>
    /// <param name="information">What to iterate over, <c>union bpf_iter_link_info</c>; empty for all there is.</param>
    /// <returns>A descriptor, or the negated <see cref="Errno"/>.</returns>
    public static int LinkCreateIterator(this IBpfEngine engine, int program, ReadOnlySpan<byte> information = default)
    {
        // Safe: the engine reads at most the length given beside the address.
        fixed (byte* pointer = information)
        {
            return engine.LinkCreate(Common(program, 0, AttachType.TraceIter) with
            {
                Option0 = (ulong)pointer,
                Option1 = (uint)information.Length,
            });
        }
    }

    /// <summary>BPF_LINK_CREATE of a struct_ops map: its operations are put to use.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="map">The map's descriptor.</param>
    /// <returns>A descriptor, or the negated <see cref="Errno"/>.</returns>
    public static int LinkCreateStructOps(this IBpfEngine engine, int map) => engine.LinkCreate(Common(map, 0, AttachType.StructOps));

    /// <summary>BPF_PROG_QUERY of an ordered list of programs (a hook, TCX).</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="target">The hook's descriptor, or the interface's index.</param>
    /// <param name="attachType">The attach type.</param>
    /// <param name="programs">Receives ids of programs, in order.</param>
    /// <param name="links">Receives ids of their links, 0 where there is none; as long as <paramref name="programs"/>.</param>
    /// <param name="count">Programs that there are.</param>
    /// <param name="revision">Changes with each change of the list.</param>
    /// <returns>Zero, or the negated <see cref="Errno"/> (<see cref="Errno.ENOSPC"/>: there are more than there is room for).</returns>
    public static int ProgQuery(
        this IBpfEngine engine, int target, AttachType attachType, Span<uint> programs, Span<uint> links, out int count, out ulong revision)
    {
        // Safe: the engine writes at most the length given beside the addresses, and both arrays have it.
        fixed (uint* programPointer = programs, linkPointer = links[..programs.Length])
        {
            ProgQueryAttribute attribute = new()
            {
                TargetFd = (uint)target,
                AttachType = attachType,
                ProgIds = (ulong)programPointer,
                ProgCnt = (uint)programs.Length,
                LinkIds = (ulong)linkPointer,
            };
            int result = Invoke(engine, BpfCommand.ProgQuery, ref attribute);
            (count, revision) = ((int)attribute.ProgCnt, attribute.Revision);
            return result;
        }
    }

    /// <summary>BPF_OBJ_GET_INFO_BY_FD of a link, with the name of what it is attached to.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="descriptor">The link's descriptor.</param>
    /// <param name="info">Receives what is known.</param>
    /// <param name="name">Receives a tracepoint's or iterator target's name, or a probed function's or file's; zero-terminated.</param>
    /// <returns>Zero, or the negated <see cref="Errno"/>.</returns>
    public static int LinkInfo(this IBpfEngine engine, int descriptor, out LinkInfo info, Span<byte> name)
    {
        info = default;
        int result = engine.Info(descriptor, ref info);
        if (result < 0)
            return result;

        // Safe: the engine writes at most the length given beside the address. Where the pair stands depends on the type of link.
        fixed (byte* pointer = name)
        {
            switch (info.Type)
            {
                case LinkType.RawTracepoint or LinkType.Iter:
                    info = new LinkInfo { Detail0 = (ulong)pointer, Detail1 = (uint)name.Length };
                    return engine.Info(descriptor, ref info);
                case LinkType.PerfEvent:
                    info = new LinkInfo { Detail1 = (ulong)pointer, Detail2 = (uint)name.Length };
                    return engine.Info(descriptor, ref info);
                default:
                    return result;
            }
        }
    }

    private static LinkCreateAttribute Common(int program, int target, AttachType attachType) =>
        new() { ProgFd = (uint)program, TargetFd = (uint)target, AttachType = attachType };

    private static ulong Pair(uint first, uint second) => first | ((ulong)second << 32);
}
