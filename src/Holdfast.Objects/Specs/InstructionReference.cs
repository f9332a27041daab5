namespace Holdfast.Objects;

/// <summary>An instruction that refers to something outside its program.</summary>
/// <param name="InstructionIndex">Slot.</param>
/// <param name="Kind">What is referred to.</param>
/// <param name="Target">Name of the map (<see cref="MapSpec.Name"/>) or external symbol (<see cref="ExternSpec.Name"/>).</param>
/// <param name="Offset">Offset in the map's value, for <see cref="ReferenceKind.MapValue"/>.</param>
public readonly record struct InstructionReference(int InstructionIndex, ReferenceKind Kind, string Target, uint Offset = 0);
