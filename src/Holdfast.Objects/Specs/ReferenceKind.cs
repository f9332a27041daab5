namespace Holdfast.Objects;

/// <summary>What an instruction needs to know before its program can be loaded.</summary>
public enum ReferenceKind
{
    /// <summary>A <c>lddw</c> of a map.</summary>
    Map,

    /// <summary>A <c>lddw</c> of an address in a data map's value.</summary>
    MapValue,

    /// <summary>A <c>lddw</c> of a kernel variable's address.</summary>
    KernelVariable,

    /// <summary>A call of a kernel function.</summary>
    KernelFunction,
}
