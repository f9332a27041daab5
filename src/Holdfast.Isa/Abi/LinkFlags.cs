namespace Holdfast.Isa.Abi;

/// <summary>Where in an ordered list of programs a link goes: flags of BPF_LINK_CREATE (kernel/bpf/mprog.c), and of BPF_LINK_UPDATE.</summary>
[Flags]
public enum LinkFlags : uint
{
    /// <summary>At the end of the list; of an update: whatever program is there now.</summary>
    None = 0,

    /// <summary><c>BPF_F_REPLACE</c>: of an update, only if the expected program is there.</summary>
    Replace = 1u << 2,

    /// <summary><c>BPF_F_BEFORE</c>: before what is named, or at the beginning.</summary>
    Before = 1u << 3,

    /// <summary><c>BPF_F_AFTER</c>: behind what is named, or at the end.</summary>
    After = 1u << 4,

    /// <summary><c>BPF_F_ID</c>: what is named is an id, not a descriptor.</summary>
    Id = 1u << 5,

    /// <summary><c>BPF_F_LINK</c>: what is named is a link, not a program.</summary>
    Link = 1u << 13,
}
