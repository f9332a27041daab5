using System.Text;
using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>What a link attaches to what. Which parts are there depends on its type.</summary>
public sealed record LinkDetails
{
    /// <summary>The link's id.</summary>
    public uint Id { get; init; }

    /// <summary>The link's type.</summary>
    public LinkType Type { get; init; }

    /// <summary>Id of its program; 0 for struct_ops.</summary>
    public uint ProgramId { get; init; }

    /// <summary>The attach type, where the link has one of its own.</summary>
    public AttachType? AttachType { get; init; }

    /// <summary>The interface, 0 once detached (XDP, TCX, netkit).</summary>
    public uint? InterfaceIndex { get; init; }

    /// <summary>Inode number of the network namespace, 0 once detached.</summary>
    public uint? NetworkNamespace { get; init; }

    /// <summary>Id of the cgroup, 0 once detached: its directory's inode number.</summary>
    public ulong? CgroupId { get; init; }

    /// <summary>Id of the hook of the userspace engine, 0 once detached.</summary>
    public uint? HookId { get; init; }

    /// <summary>Name of the tracepoint or iterator target, or the probed function or file.</summary>
    public string? TargetName { get; init; }

    /// <summary>Netfilter hook.</summary>
    public NetfilterHook? Netfilter { get; init; }

    /// <summary>Id of the map (struct_ops, sockmap, an iterator's).</summary>
    public uint? MapId { get; init; }

    /// <summary>BTF id of the function or type, in <see cref="TargetObjectId"/>'s BTF (tracing).</summary>
    public uint? TargetBtfId { get; init; }

    /// <summary>Id of the program whose function it is, or of the BTF object (tracing).</summary>
    public uint? TargetObjectId { get; init; }

    internal static LinkDetails From(in LinkInfo info, ReadOnlySpan<byte> name)
    {
        LinkDetails link = new() { Id = info.Id, Type = info.Type, ProgramId = info.ProgId };
        return info.Type switch
        {
            LinkType.RawTracepoint or LinkType.PerfEvent => link with { TargetName = Text(name) },
            LinkType.Iter => link with { TargetName = Text(name), MapId = Text(name).StartsWith("bpf_map_elem", StringComparison.Ordinal) ? High(info.Detail1) : null },
            LinkType.Tracing => link with { AttachType = (AttachType)Low(info.Detail0), TargetObjectId = High(info.Detail0), TargetBtfId = Low(info.Detail1) },
            LinkType.Cgroup => link with { CgroupId = info.Detail0, AttachType = (AttachType)Low(info.Detail1) },
            LinkType.Netns => link with { NetworkNamespace = Low(info.Detail0), AttachType = (AttachType)High(info.Detail0) },
            LinkType.Xdp => link with { InterfaceIndex = Low(info.Detail0) },
            LinkType.Tcx or LinkType.Netkit => link with { InterfaceIndex = Low(info.Detail0), AttachType = (AttachType)High(info.Detail0) },
            LinkType.Hook => link with { HookId = Low(info.Detail0), AttachType = (AttachType)High(info.Detail0) },
            LinkType.StructOps => link with { MapId = Low(info.Detail0) },
            LinkType.SockMap => link with { MapId = Low(info.Detail0), AttachType = (AttachType)High(info.Detail0) },
            LinkType.Netfilter => link with
            {
                Netfilter = new((NetfilterFamily)Low(info.Detail0), (NetfilterPoint)High(info.Detail0), (int)Low(info.Detail1), High(info.Detail1) != 0),
            },
            _ => link,
        };
    }

    private static uint Low(ulong pair) => (uint)pair;

    private static uint High(ulong pair) => (uint)(pair >> 32);

    private static string Text(ReadOnlySpan<byte> buffer)
    {
        int end = buffer.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? buffer : buffer[..end]);
    }
}
