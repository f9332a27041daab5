namespace Holdfast.Userspace.TestRuns;

/// <summary>What a test run gave.</summary>
internal sealed record TestRunOutput
{
    /// <summary>The program's return value.</summary>
    public uint ReturnValue { get; init; }

    /// <summary>The packet afterwards; null if the type has none.</summary>
    public byte[]? Data { get; init; }

    /// <summary>The context afterwards; null if none was given.</summary>
    public byte[]? Context { get; init; }

    /// <summary>The input context as the program left it, where the kernel writes it back in place (syscall programs).</summary>
    public byte[]? ContextInPlace { get; init; }

    /// <summary>Mean time of a run in nanoseconds.</summary>
    public uint Duration { get; init; }
}
