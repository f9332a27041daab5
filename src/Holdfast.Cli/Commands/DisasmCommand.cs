using System.CommandLine;
using System.Text.Json.Nodes;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;
using Holdfast.Isa.Instructions;
using Holdfast.Isa.Text;
using Holdfast.Objects;

namespace Holdfast.Cli.Commands;

/// <summary><c>disasm FILE.o|FILE.bin|-</c></summary>
internal static class DisasmCommand
{
    private static readonly Argument<string> Source = new("FILE") { Description = "An object file, instructions as bytes or as hex, or - for stdin." };

    /// <summary>The command.</summary>
    public static Command Create() => new Command("disasm", "Disassemble: instructions to text.") { Source }.Does(Run);

    private static void Run(CommandContext context)
    {
        string path = context.Get(Source);
        byte[] bytes = InputFile.ReadBytes(path);
        List<(string Name, string Section, SourceListing Listing)> programs = ObjectInput.IsElf(bytes)
            ? [.. Programs(ObjectInput.Parse(bytes, path))]
            : [("", "", new SourceListing(Raw(bytes, path), [], null))];
        if (context.Json)
        {
            CommandContext.WriteJson(new()
            {
                ["programs"] = new JsonArray([.. programs.Select(program => new JsonObject
                {
                    ["name"] = program.Name, ["section"] = program.Section, ["instructions"] = new JsonArray([.. program.Listing.Json()]),
                })]),
            });
            return;
        }

        foreach ((string name, string section, SourceListing listing) in programs)
        {
            if (name.Length > 0)
                CommandContext.WriteLine($"{name} ({section}):");
            Console.Out.Write(listing.Text());
        }
    }

    private static IEnumerable<(string Name, string Section, SourceListing Listing)> Programs(BpfObjectSpec spec)
    {
        foreach (ProgramSpec program in spec.Programs)
        {
            IEnumerable<ProgramLine> lines = spec.Btf is not { } btf ? [] : program.Lines.Select(line => new ProgramLine(
                (int)line.InstructionOffset, btf.GetString(line.FileNameOffset), (int)line.Line, (int)line.Column, btf.GetString(line.TextOffset)));
            yield return (program.Name, program.SectionName, new SourceListing([.. program.Instructions], [.. lines], null, new ReferenceSymbols(program)));
        }
    }

    /// <summary>Bytes, or text that is nothing but hex.</summary>
    private static Instruction[] Raw(byte[] bytes, string path)
    {
        bool isText = bytes.All(letter => letter is (byte)'\n' or (byte)'\r' or (byte)'\t' or (byte)' ' or (>= (byte)'0' and <= (byte)'9')
            or (>= (byte)'a' and <= (byte)'f') or (>= (byte)'A' and <= (byte)'F') or (byte)'x');
        bool parsed = isText
            ? HexText.TryParseProgram(System.Text.Encoding.ASCII.GetString(bytes), out Instruction[] program)
            : InstructionStream.TryParse(bytes, out program);
        return parsed && program.Length > 0
            ? program
            : throw new CliException($"{path} is neither an object file nor a number of 8-byte instructions ({bytes.Length} bytes)");
    }
}
