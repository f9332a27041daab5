using System.Collections.Immutable;

namespace Holdfast.Btf;

/// <summary>A function's type.</summary>
/// <param name="Id">Id in its graph.</param>
/// <param name="ReturnTypeId">Id of the type returned; 0 for void.</param>
/// <param name="Parameters">Parameters in order.</param>
public sealed record BtfFunctionPrototype(uint Id, uint ReturnTypeId, ImmutableArray<BtfParameter> Parameters)
    : BtfType(Id, "", BtfKind.FunctionPrototype)
{
    /// <summary>Whether the last parameter stands for a variable number of arguments.</summary>
    public bool IsVariadic => Parameters is [.., { TypeId: 0 }];
}
