namespace Holdfast.Execution;

/// <summary>The entry of an executable program, whichever engine made it; tail calls go through it.</summary>
/// <param name="context">The running thread's context.</param>
/// <param name="contextPointer">r1 at entry: address of the program's context.</param>
/// <returns>r0 at exit.</returns>
public delegate ulong ProgramEntry(RunContext context, nint contextPointer);
