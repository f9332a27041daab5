using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Holdfast.Isa.Instructions;
using Holdfast.Isa.Text;

namespace Holdfast.Cli.Formatting;

/// <summary>Instructions with the source lines that they come from.</summary>
internal sealed class SourceListing(Instruction[] instructions, IReadOnlyList<ProgramLine> lines, InstructionSymbols? symbols, ReferenceSymbols? references = null)
{
    private readonly ILookup<int, ProgramLine> _lines = lines.ToLookup(line => line.InstructionIndex);

    /// <summary>Text, a line an instruction, source lines after <c>;</c>.</summary>
    public string Text()
    {
        StringBuilder text = new();
        foreach (int index in Slots())
        {
            foreach (ProgramLine line in _lines[index])
                text.Append(CultureInfo.InvariantCulture, $"; {line.Text.Trim()} @ {Path.GetFileName(line.File)}:{line.Line}\n");
            text.Append(CultureInfo.InvariantCulture, $"{index,4}: {Format(index)}\n");
        }

        return text.ToString();
    }

    /// <summary>One object an instruction.</summary>
    public IEnumerable<JsonNode> Json()
    {
        foreach (int index in Slots())
        {
            JsonObject json = new() { ["index"] = index, ["text"] = Format(index) };
            if (_lines[index].FirstOrDefault() is { } line)
                json["source"] = new JsonObject { ["file"] = line.File, ["line"] = line.Line, ["text"] = line.Text.Trim() };
            yield return json;
        }
    }

    private IEnumerable<int> Slots()
    {
        for (int index = 0; index < instructions.Length; index += Disassembler.SlotsAt(instructions, index))
            yield return index;
    }

    private string Format(int index) => Disassembler.Format(instructions, index, DisassemblyStyle.Default, symbols) + references?.At(index);
}
