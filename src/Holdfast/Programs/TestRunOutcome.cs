namespace Holdfast;

/// <summary>What a test run gave.</summary>
/// <param name="ReturnValue">The program's return value, 32 bits.</param>
/// <param name="Data">The packet afterwards.</param>
/// <param name="Context">The context afterwards, if one was given.</param>
/// <param name="Duration">Average time of a run.</param>
public sealed record TestRunOutcome(uint ReturnValue, byte[] Data, byte[] Context, TimeSpan Duration)
{
    /// <summary>Average time of a run in nanoseconds, finer than <see cref="Duration"/> can hold.</summary>
    public uint Nanoseconds { get; init; }
}
