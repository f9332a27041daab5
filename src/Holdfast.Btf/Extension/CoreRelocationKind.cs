namespace Holdfast.Btf.Extension;

/// <summary>What a CO-RE relocation asks of the target's types (<c>enum bpf_core_relo_kind</c>).</summary>
public enum CoreRelocationKind : uint
{
    /// <summary><c>BPF_CORE_FIELD_BYTE_OFFSET</c>.</summary>
    FieldByteOffset = 0,

    /// <summary><c>BPF_CORE_FIELD_BYTE_SIZE</c>.</summary>
    FieldByteSize = 1,

    /// <summary><c>BPF_CORE_FIELD_EXISTS</c>.</summary>
    FieldExists = 2,

    /// <summary><c>BPF_CORE_FIELD_SIGNED</c>.</summary>
    FieldSigned = 3,

    /// <summary><c>BPF_CORE_FIELD_LSHIFT_U64</c>.</summary>
    FieldLeftShift = 4,

    /// <summary><c>BPF_CORE_FIELD_RSHIFT_U64</c>.</summary>
    FieldRightShift = 5,

    /// <summary><c>BPF_CORE_TYPE_ID_LOCAL</c>.</summary>
    TypeIdLocal = 6,

    /// <summary><c>BPF_CORE_TYPE_ID_TARGET</c>.</summary>
    TypeIdTarget = 7,

    /// <summary><c>BPF_CORE_TYPE_EXISTS</c>.</summary>
    TypeExists = 8,

    /// <summary><c>BPF_CORE_TYPE_SIZE</c>.</summary>
    TypeSize = 9,

    /// <summary><c>BPF_CORE_ENUMVAL_EXISTS</c>.</summary>
    EnumValueExists = 10,

    /// <summary><c>BPF_CORE_ENUMVAL_VALUE</c>.</summary>
    EnumValue = 11,

    /// <summary><c>BPF_CORE_TYPE_MATCHES</c>.</summary>
    TypeMatches = 12,
}
