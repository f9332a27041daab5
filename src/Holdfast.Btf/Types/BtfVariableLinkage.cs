namespace Holdfast.Btf;

/// <summary>Linkage of a variable (<c>BTF_VAR_*</c>).</summary>
public enum BtfVariableLinkage : uint
{
    /// <summary><c>BTF_VAR_STATIC</c>.</summary>
    Static = 0,

    /// <summary><c>BTF_VAR_GLOBAL_ALLOCATED</c>.</summary>
    Global = 1,

    /// <summary><c>BTF_VAR_GLOBAL_EXTERN</c>: only in objects, before they are loaded.</summary>
    Extern = 2,
}
