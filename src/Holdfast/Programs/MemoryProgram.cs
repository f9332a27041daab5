using Holdfast.Execution;
using Holdfast.Execution.Interpreter;
using Holdfast.Execution.Jit;
using Holdfast.Isa.Instructions;
using Holdfast.Userspace.Hosting;
using Holdfast.Verifier;

namespace Holdfast;

/// <summary>
/// A program of a host-defined type: r1 points to plain memory, r2 is its length, and helper 5 gives its argument back and ends the
/// run with 0 if that is 0. It is verified like any other, and needs neither a store nor privilege.
/// </summary>
public sealed class MemoryProgram
{
    private readonly MemoryProgramHost _host;

    private MemoryProgram(MemoryProgramHost host)
    {
        _host = host;
    }

    /// <summary>What runs it: <c>jit</c> or <c>interpreter</c>.</summary>
    public string ExecutionEngineName => _host.EngineName;

    /// <summary>Verifies a program and makes it executable.</summary>
    /// <param name="instructions">The program.</param>
    /// <param name="memoryLength">Bytes of memory that it will be run with.</param>
    /// <param name="useJit">True for the JIT, false for the interpreter, null for what is best here.</param>
    /// <returns>The program.</returns>
    /// <exception cref="VerificationException">It was rejected.</exception>
    public static MemoryProgram Load(ReadOnlySpan<Instruction> instructions, int memoryLength, bool? useJit = null)
    {
        IExecutionEngine engine = useJit switch
        {
            true => new JitEngine(),
            false => new InterpreterEngine(),
            null => ExecutionEngine.Default,
        };
        MemoryProgramHost? host = MemoryProgramHost.TryLoad([.. instructions], memoryLength, engine, out VerificationReport report);
        return host is not null ? new(host) : throw new VerificationException("program", report);
    }

    /// <summary>Runs the program once.</summary>
    /// <param name="memory">Its memory, as long as it was loaded for; the program may change it.</param>
    /// <returns>r0 at exit.</returns>
    public ulong Run(Span<byte> memory) => _host.Run(memory);
}
