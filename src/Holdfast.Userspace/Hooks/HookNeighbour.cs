using Holdfast.Isa.Abi;

namespace Holdfast.Userspace.Hooks;

/// <summary>What a new link's place is relative to.</summary>
/// <param name="Program">Id of the program; 0 if none is named.</param>
/// <param name="Link">Id of the link, 0 if a program is named.</param>
/// <param name="Failure">Why what was named can't be one.</param>
internal readonly record struct HookNeighbour(uint Program, uint Link, Errno Failure);
