using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;

namespace Holdfast.Tests.Objects;

/// <summary>A BPF_PROG_LOAD as the engine got it.</summary>
/// <param name="Attribute">The attribute; its addresses are stale.</param>
/// <param name="Instructions">The program.</param>
/// <param name="Descriptors">As many of its descriptors as its calls name; empty if it has none.</param>
/// <param name="Functions">Slots of its function records.</param>
/// <param name="Result">What the engine answered.</param>
internal sealed record RecordedLoad(ProgLoadAttribute Attribute, Instruction[] Instructions, int[] Descriptors, uint[] Functions, int Result);
