namespace Holdfast.Isa.Abi;

/// <summary>A mounted file system of pins.</summary>
/// <param name="Path">Where.</param>
/// <param name="Options">The options in force.</param>
public sealed record BpffsMount(string Path, BpffsOptions Options);
