namespace Holdfast.Isa.Instructions;

/// <summary>What a call's target is: its source field, RFC 9669 section 4.3.1.</summary>
public enum PseudoCall : byte
{
    /// <summary>A helper by number; <c>BPF_CALL</c> with source 0.</summary>
    Helper = 0,

    /// <summary><c>BPF_PSEUDO_CALL</c>: a function of this program, the immediate is the distance in slots.</summary>
    Local = 1,

    /// <summary><c>BPF_PSEUDO_KFUNC_CALL</c>: a kernel function by BTF id; the offset field indexes the descriptor array.</summary>
    Kfunc = 2,
}
