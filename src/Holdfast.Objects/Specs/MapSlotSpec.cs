namespace Holdfast.Objects;

/// <summary>A member that a prog array or a map of maps starts with (<c>values</c> of its definition), or a function of a struct_ops table.</summary>
/// <param name="Index">Key, 0 and up; in a table, offset in bytes.</param>
/// <param name="Target">Name of the program or map.</param>
public readonly record struct MapSlotSpec(uint Index, string Target);
