namespace Holdfast.Objects;

/// <summary>A member that a prog array or a map of maps starts with (<c>values</c> of its definition).</summary>
/// <param name="Index">Key, 0 and up.</param>
/// <param name="Target">Name of the program or map.</param>
public readonly record struct MapSlotSpec(uint Index, string Target);
