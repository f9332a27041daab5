using System.CommandLine;
using Holdfast.Cli.Hosting;
using Holdfast.Isa.Instructions;
using Holdfast.Isa.Text;

namespace Holdfast.Cli.Commands;

/// <summary><c>conformance [MEMORY-HEX]</c>: a plug-in of the public bpf_conformance runner.</summary>
internal static class ConformanceCommand
{
    private static readonly Argument<string?> Memory = new("MEMORY-HEX")
    {
        Description = "The memory that r1 points to; r2 is its length.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<bool> Jit = new("--jit") { Description = "Run by the JIT." };
    private static readonly Option<bool> Interpreter = new("--interpreter") { Description = "Run by the interpreter." };

    /// <summary>The command.</summary>
    public static Command Create() =>
        new Command("conformance", "Run a program given as hex on stdin; print r0 as hex.") { Memory, Jit, Interpreter }.Does(Run);

    private static void Run(CommandContext context)
    {
        bool jit = context.Get(Jit);
        if (jit && context.Get(Interpreter))
            throw CliException.Usage("--jit and --interpreter exclude each other");
        if (!HexText.TryParse(context.Optional(Memory) ?? "", out byte[] memory))
            throw CliException.Usage("the memory is no hex");
        if (!HexText.TryParseProgram(InputFile.ReadText("-"), out Instruction[] instructions))
            throw new CliException("the program on stdin is no hex of 8-byte instructions");
        if (instructions.Length == 0)
            throw new CliException("there is no program on stdin");
        MemoryProgram program = MemoryProgram.Load(instructions, memory.Length, jit ? true : context.Get(Interpreter) ? false : null);
        ulong result = program.Run(memory);
        if (context.Json)
            CommandContext.WriteJson(new() { ["result"] = $"{result:x}", ["engine"] = program.ExecutionEngineName });
        else
            CommandContext.WriteLine($"{result:x}");
    }
}
