using System.Collections.Immutable;

namespace Holdfast.Btf;

/// <summary>A data section of an object and the variables in it.</summary>
/// <param name="Id">Id in its graph.</param>
/// <param name="Name">Name of the section, such as <c>.bss</c> or <c>.maps</c>.</param>
/// <param name="Size">Size in bytes; 0 in objects that no loader has completed.</param>
/// <param name="Variables">Variables in order.</param>
public sealed record BtfDataSection(uint Id, string Name, uint Size, ImmutableArray<BtfSectionVariable> Variables)
    : BtfType(Id, Name, BtfKind.DataSection);
