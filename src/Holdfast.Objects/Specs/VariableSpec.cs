namespace Holdfast.Objects;

/// <summary>A global or static variable; its value is in its map's <see cref="MapSpec.InitialData"/>.</summary>
/// <param name="Name">Name.</param>
/// <param name="MapName">The data map that it lies in (<see cref="MapSpec.Name"/>).</param>
/// <param name="Offset">Offset in that map's value, in bytes.</param>
/// <param name="Size">Size in bytes.</param>
/// <param name="TypeId">BTF id of its type, 0 if unknown.</param>
/// <param name="IsReadOnly">Whether it can't change once loaded.</param>
public sealed record VariableSpec(string Name, string MapName, uint Offset, uint Size, uint TypeId, bool IsReadOnly);
