namespace Holdfast.Execution;

/// <summary>Carries an unwinding run (<see cref="RunContext.Unwind"/>) from a helper to <see cref="ExecutableProgram.Run"/>.</summary>
internal sealed class ProgramUnwindException(RunContext context, ulong result) : Exception("A program unwound outside of a run.")
{
    /// <summary>The context whose run ends.</summary>
    public RunContext Context { get; } = context;

    /// <summary>r0 of that run.</summary>
    public ulong Result { get; } = result;
}
