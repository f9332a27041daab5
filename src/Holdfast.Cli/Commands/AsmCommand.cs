using System.CommandLine;
using Holdfast.Cli.Hosting;
using Holdfast.Isa.Instructions;
using Holdfast.Isa.Text;

namespace Holdfast.Cli.Commands;

/// <summary><c>asm FILE|-</c></summary>
internal static class AsmCommand
{
    private static readonly Argument<string> Source = new("FILE") { Description = "Text of a program, or - for stdin." };

    /// <summary>The command.</summary>
    public static Command Create() => new Command("asm", "Assemble: text to instructions as hex.") { Source }.Does(Run);

    private static void Run(CommandContext context)
    {
        string name = context.Get(Source);
        if (!Assembler.TryAssemble(InputFile.ReadText(name), out Instruction[] program, out IReadOnlyList<AssemblyDiagnostic> diagnostics))
            throw new CliException($"{name}:{diagnostics[0]}{(diagnostics.Count > 1 ? $" (and {diagnostics.Count - 1} more)" : "")}");
        string hex = HexText.Format(program);
        if (context.Json)
            CommandContext.WriteJson(new() { ["instructions"] = program.Length, ["hex"] = Convert.ToHexStringLower(InstructionStream.ToBytes(program)) });
        else
            Console.Out.Write(hex);
    }
}
