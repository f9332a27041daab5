namespace Holdfast.Btf;

/// <summary>Linkage of a function (<c>BTF_FUNC_*</c>).</summary>
public enum BtfFunctionLinkage : ushort
{
    /// <summary><c>BTF_FUNC_STATIC</c>.</summary>
    Static = 0,

    /// <summary><c>BTF_FUNC_GLOBAL</c>.</summary>
    Global = 1,

    /// <summary><c>BTF_FUNC_EXTERN</c>: only in objects, before they are loaded.</summary>
    Extern = 2,
}
