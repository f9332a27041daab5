namespace Holdfast.Verifier.Analysis;

/// <summary>An argument of a global function, by its BTF.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Size">Bytes behind a memory pointer.</param>
/// <param name="MaybeNull">Whether it may be null.</param>
/// <param name="BtfId">Kernel type of a trusted pointer.</param>
internal readonly record struct FunctionArgument(FunctionArgumentKind Kind, int Size = 0, bool MaybeNull = false, uint BtfId = 0);

/// <summary>Kinds of arguments of global functions.</summary>
internal enum FunctionArgumentKind : byte
{
    Number,
    Context,
    Memory,
    Arena,
    Trusted,
}
