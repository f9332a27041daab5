namespace Holdfast.Objects;

/// <summary>What the BTF id that a program is loaded with names.</summary>
public enum AttachBtfKind
{
    /// <summary>None is needed.</summary>
    None,

    /// <summary>The function that the target names.</summary>
    Function,

    /// <summary>The type <c>btf_trace_TARGET</c> of a tracepoint.</summary>
    Tracepoint,

    /// <summary>The function <c>bpf_lsm_TARGET</c>.</summary>
    Lsm,

    /// <summary>The function <c>bpf_iter_TARGET</c>.</summary>
    Iterator,

    /// <summary>A function of another program, which is named at load.</summary>
    Program,
}
