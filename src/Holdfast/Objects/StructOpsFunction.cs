namespace Holdfast;

/// <summary>A program's place in a struct_ops table.</summary>
/// <param name="Program">The program's name.</param>
/// <param name="Member">Which member of the kernel's struct it is.</param>
/// <param name="Offset">Where its pointer lies in the map's value, in bytes.</param>
internal readonly record struct StructOpsFunction(string Program, uint Member, uint Offset);
