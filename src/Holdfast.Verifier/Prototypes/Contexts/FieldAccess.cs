namespace Holdfast.Verifier.Prototypes;

/// <summary>How a context field may be accessed.</summary>
[Flags]
internal enum FieldAccess
{
    /// <summary>Not at all.</summary>
    None = 0,

    /// <summary>Loads of the whole field.</summary>
    Read = 1 << 0,

    /// <summary>Loads of an aligned part of it as well (<c>bpf_ctx_narrow_access_ok</c>).</summary>
    Narrow = 1 << 1,

    /// <summary>Stores of the whole field.</summary>
    Write = 1 << 2,

    /// <summary>Any aligned size within the field (<c>__sk_buff.cb</c>).</summary>
    AnySize = 1 << 3,

    /// <summary>8 bytes at once, 8-byte aligned, of an array of 4-byte words (<c>bpf_ctx_wide_access_ok</c>).</summary>
    Wide = 1 << 4,

    /// <summary>Only at its first byte, where the kernel compares offsets and not ranges.</summary>
    AtStart = 1 << 5,
}
