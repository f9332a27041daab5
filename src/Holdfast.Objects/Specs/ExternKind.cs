namespace Holdfast.Objects;

/// <summary>What an external symbol is.</summary>
public enum ExternKind
{
    /// <summary>A value of the kernel's configuration (<c>__kconfig</c>).</summary>
    KernelConfig,

    /// <summary>A kernel variable (<c>__ksym</c>).</summary>
    KernelVariable,

    /// <summary>A kernel function (<c>__ksym</c>).</summary>
    KernelFunction,
}
