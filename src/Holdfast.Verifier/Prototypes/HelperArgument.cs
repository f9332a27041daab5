namespace Holdfast.Verifier.Prototypes;

/// <summary>One argument of a helper.</summary>
/// <param name="Type">What is wanted.</param>
/// <param name="Flags">Flags.</param>
/// <param name="Size">Bytes, for <see cref="ArgumentFlags.FixedSize"/>.</param>
/// <param name="BtfType">Name of the kernel type, for BTF-typed pointers.</param>
public readonly record struct HelperArgument(ArgumentType Type, ArgumentFlags Flags = ArgumentFlags.None, int Size = 0, string? BtfType = null);
