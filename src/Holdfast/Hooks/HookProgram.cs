namespace Holdfast;

/// <summary>A program in a hook's list.</summary>
/// <param name="ProgramId">The program's id.</param>
/// <param name="LinkId">Id of the link that attached it.</param>
public readonly record struct HookProgram(uint ProgramId, uint LinkId);
