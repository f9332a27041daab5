namespace Holdfast.Btf;

/// <summary>How an integer is to be understood (<c>BTF_INT_*</c>). The kernel accepts at most one bit.</summary>
[Flags]
public enum BtfIntEncoding : byte
{
    /// <summary>Unsigned number.</summary>
    None = 0,

    /// <summary><c>BTF_INT_SIGNED</c>.</summary>
    Signed = 1,

    /// <summary><c>BTF_INT_CHAR</c>.</summary>
    Char = 2,

    /// <summary><c>BTF_INT_BOOL</c>.</summary>
    Bool = 4,
}
