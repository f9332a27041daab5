namespace Holdfast.Isa.Abi;

/// <summary>Flags of BPF_MAP_CREATE.</summary>
[Flags]
public enum MapFlags : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary><c>BPF_F_NO_PREALLOC</c></summary>
    NoPrealloc = 1u << 0,

    /// <summary><c>BPF_F_NO_COMMON_LRU</c></summary>
    NoCommonLru = 1u << 1,

    /// <summary><c>BPF_F_NUMA_NODE</c></summary>
    NumaNode = 1u << 2,

    /// <summary><c>BPF_F_RDONLY</c></summary>
    ReadOnly = 1u << 3,

    /// <summary><c>BPF_F_WRONLY</c></summary>
    WriteOnly = 1u << 4,

    /// <summary><c>BPF_F_STACK_BUILD_ID</c></summary>
    StackBuildId = 1u << 5,

    /// <summary><c>BPF_F_ZERO_SEED</c></summary>
    ZeroSeed = 1u << 6,

    /// <summary><c>BPF_F_RDONLY_PROG</c></summary>
    ReadOnlyProgram = 1u << 7,

    /// <summary><c>BPF_F_WRONLY_PROG</c></summary>
    WriteOnlyProgram = 1u << 8,

    /// <summary><c>BPF_F_CLONE</c></summary>
    Clone = 1u << 9,

    /// <summary><c>BPF_F_MMAPABLE</c></summary>
    Mmapable = 1u << 10,

    /// <summary><c>BPF_F_PRESERVE_ELEMS</c></summary>
    PreserveElems = 1u << 11,

    /// <summary><c>BPF_F_INNER_MAP</c></summary>
    InnerMap = 1u << 12,

    /// <summary><c>BPF_F_LINK</c></summary>
    Link = 1u << 13,

    /// <summary><c>BPF_F_PATH_FD</c></summary>
    PathFd = 1u << 14,

    /// <summary><c>BPF_F_VTYPE_BTF_OBJ_FD</c></summary>
    VtypeBtfObjFd = 1u << 15,

    /// <summary><c>BPF_F_TOKEN_FD</c></summary>
    TokenFd = 1u << 16,

    /// <summary><c>BPF_F_SEGV_ON_FAULT</c></summary>
    SegvOnFault = 1u << 17,

    /// <summary><c>BPF_F_NO_USER_CONV</c></summary>
    NoUserConv = 1u << 18,
}
