namespace Holdfast;

/// <summary>A hook's list as it was at one moment.</summary>
/// <param name="Revision">Changes with each change of the list; an attachment can ask for it.</param>
/// <param name="Programs">The programs, in the order in which they run.</param>
public sealed record HookPrograms(ulong Revision, IReadOnlyList<HookProgram> Programs);
