using System.Collections.Immutable;
using Holdfast.Execution;
using Holdfast.Isa.Instructions;
using Holdfast.Verifier;

namespace Holdfast.Userspace.Hosting;

/// <summary>Verifies and runs programs whose context is plain memory.</summary>
public sealed unsafe class MemoryProgramHost
{
    private static readonly HelperTable Helpers = HelperTable.Empty.With(MemoryProgramType.UnwindHelper, &UnwindOnZero);
    private readonly ExecutableProgram _program;
    private readonly int _length;

    private MemoryProgramHost(ExecutableProgram program, int length)
    {
        _program = program;
        _length = length;
    }

    /// <summary>The engine that runs it: <c>jit</c> or <c>interpreter</c>.</summary>
    public string EngineName => _program.Engine.Name;

    /// <summary>Verifies a program and prepares it.</summary>
    /// <param name="instructions">The program.</param>
    /// <param name="length">Bytes of its memory.</param>
    /// <param name="engine">What runs it.</param>
    /// <param name="report">What the verifier found.</param>
    /// <returns>The program; null if it was rejected.</returns>
    public static MemoryProgramHost? TryLoad(ImmutableArray<Instruction> instructions, int length, IExecutionEngine engine, out VerificationReport report)
    {
        VerificationRequest request = new() { Type = new MemoryProgramType(length), Instructions = instructions, License = "GPL" };
        VerificationResult result = ProgramVerifier.Verify(request);
        report = result.Report;
        return result.Program is { } verified ? new(engine.Prepare(new LinkedProgram(verified, [], Helpers)), length) : null;
    }

    /// <summary>Runs it once.</summary>
    /// <param name="memory">Its memory, which changes; as long as was verified.</param>
    /// <returns>r0 at exit.</returns>
    public ulong Run(Span<byte> memory)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(memory.Length, _length);

        // Safe: the verifier proved all accesses to be inside the length that was just checked, and the memory is pinned for the run.
        fixed (byte* start = memory)
        {
            return _program.Run(new RunContext(), (nint)start);
        }
    }

    private static ulong UnwindOnZero(RunContext context, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        if (r1 == 0)
            context.Unwind(0);
        return r1;
    }
}
