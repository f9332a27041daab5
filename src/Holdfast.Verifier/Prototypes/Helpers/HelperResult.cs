namespace Holdfast.Verifier.Prototypes;

/// <summary>A helper's result, as a row of the helper table writes it.</summary>
/// <param name="Type">What is returned.</param>
/// <param name="Flags">Flags.</param>
/// <param name="BtfType">Kernel type of a BTF-typed pointer.</param>
internal readonly record struct HelperResult(ReturnType Type, ReturnFlags Flags = ReturnFlags.None, string? BtfType = null);
