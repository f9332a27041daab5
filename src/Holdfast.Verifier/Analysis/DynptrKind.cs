namespace Holdfast.Verifier.Analysis;

/// <summary>What memory a dynptr stands for (<c>enum bpf_dynptr_type</c>).</summary>
internal enum DynptrKind : byte
{
    Invalid,
    Local,
    RingBuf,
    Skb,
    Xdp,
    SkbMeta,
}
