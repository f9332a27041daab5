namespace Holdfast.Btf;

/// <summary>A parameter of a prototype.</summary>
/// <param name="Name">Name; may be empty.</param>
/// <param name="TypeId">Id of its type; 0 as the last one, without a name, stands for <c>...</c>.</param>
public readonly record struct BtfParameter(string Name, uint TypeId);
