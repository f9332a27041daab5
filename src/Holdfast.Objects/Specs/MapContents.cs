namespace Holdfast.Objects;

/// <summary>Where a map's definition comes from.</summary>
public enum MapContents
{
    /// <summary>A declared map: starts empty.</summary>
    Declared = 0,

    /// <summary><c>.data</c>: initialised variables.</summary>
    Data,

    /// <summary><c>.rodata</c>: constants; frozen once written.</summary>
    ReadOnlyData,

    /// <summary><c>.bss</c>: variables that start at zero.</summary>
    ZeroData,

    /// <summary><c>.kconfig</c>: external symbols that hold values of the kernel's configuration; frozen once written.</summary>
    KernelConfig,

    /// <summary>A table of functions for the kernel (<c>.struct_ops</c>).</summary>
    StructOps,
}
