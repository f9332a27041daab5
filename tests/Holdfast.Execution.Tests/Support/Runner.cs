using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Isa.Text;
using Holdfast.Verifier;

namespace Holdfast.Execution.Tests.Support;

/// <summary>Shortcuts from text or instructions to a result.</summary>
internal static unsafe class Runner
{
    /// <summary>Helper 5 of the conformance vectors: gives its argument back, and unwinds if that is 0.</summary>
    public static HelperTable Helpers { get; } = HelperTable.Maps.With((HelperId)5, &UnwindOnZero);

    public static Instruction[] Assemble(string text)
    {
        bool assembled = Assembler.TryAssemble(text, out Instruction[] program, out IReadOnlyList<AssemblyDiagnostic> diagnostics);
        Assert.True(assembled, string.Join('\n', diagnostics));
        return program;
    }

    public static ExecutableProgram Prepare(string engine, string assembly) => Prepare(engine, TestProgram.Create(Assemble(assembly)));

    public static ExecutableProgram Prepare(string engine, VerifiedProgram program, params RuntimeMap[] maps) =>
        Engines.Get(engine).Prepare(new LinkedProgram(program, [.. maps], Helpers));

    public static ulong Run(string engine, string assembly) => Prepare(engine, assembly).Run(new RunContext(), 0);

    /// <summary>Runs with memory behind r1, which changes.</summary>
    public static ulong Run(string engine, IReadOnlyList<Instruction> code, byte[] memory)
    {
        ExecutableProgram program = Prepare(engine, TestProgram.Create(code, memory.Length));
        return Run(program, memory);
    }

    public static ulong Run(ExecutableProgram program, byte[] memory)
    {
        // Pinned for the run; the checked engine is told its bounds.
        fixed (byte* start = memory)
        {
            RunContext context = new() { Memory = new MemoryRegions() };
            context.Memory.Add("memory", (nint)start, memory.Length, writable: true);
            return program.Run(context, (nint)start);
        }
    }

    private static ulong UnwindOnZero(RunContext context, ulong r1, ulong r2, ulong r3, ulong r4, ulong r5)
    {
        if (r1 == 0)
        {
            context.Unwind(0);
        }

        return r1;
    }
}
