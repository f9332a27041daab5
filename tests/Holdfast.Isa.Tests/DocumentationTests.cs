using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Holdfast.Isa.Instructions;
using Holdfast.Isa.Text;

namespace Holdfast.Isa.Tests;

/// <summary>docs/isa.md says what the table says. With HOLDFAST_UPDATE_DOCS=1 its lists are written anew.</summary>
public sealed partial class DocumentationTests
{
    private static readonly string Page = Path.Combine(Repository.Root, "docs/isa.md");

    [Fact]
    public void PageListsTheTable() => CheckBlock("forms", Forms());

    [Fact]
    public void PageListsTheDiagnostics() => CheckBlock("diagnostics", Diagnostics());

    [Fact]
    public void NamedThingsExist()
    {
        string text = File.ReadAllText(Page);
        foreach (Match path in NamedPath().Matches(text))
        {
            Assert.True(File.Exists(Path.Combine(Repository.Root, path.Groups["path"].Value)), path.Value);
        }

        foreach (Match call in NamedCall().Matches(text[..text.IndexOf("Three styles", StringComparison.Ordinal)]))
        {
            Type? type = typeof(Opcodes).Assembly.GetTypes().FirstOrDefault(candidate => candidate.IsPublic && candidate.Name == call.Groups["type"].Value);
            Assert.True(type?.GetMember(call.Groups["member"].Value).Length > 0, call.Value);
        }
    }

    [Theory]
    [InlineData("| `Default` (LLVM) |", DisassemblyStyle.Default)]
    [InlineData("| `KernelLog` (verifier log, bpftool) |", DisassemblyStyle.KernelLog)]
    [InlineData("| `Mnemonic` (uBPF) |", DisassemblyStyle.Mnemonic)]
    public void ExamplesOfStylesAreWhatIsPrinted(string start, DisassemblyStyle style)
    {
        Instruction[] program =
        [
            Insn.Load(MemorySize.Word, 0, 1, 4),
            Insn.JumpImm(JumpOperation.Jgt, 1, 5, 3),
            Insn.Atomic(AtomicOperation.Add, MemorySize.Double, 1, 0, 2),
        ];
        IEnumerable<string> examples = Enumerable.Range(0, 3).Select(i => $" `{Disassembler.Format(program, i, style)}` |");
        Assert.Contains(start + string.Concat(examples), File.ReadAllText(Page), StringComparison.Ordinal);
    }

    private static void CheckBlock(string name, string expected)
    {
        string text = File.ReadAllText(Page);
        string open = $"<!-- {name} -->\n";
        int start = text.IndexOf(open, StringComparison.Ordinal) + open.Length;
        int end = text.IndexOf("<!-- end -->", start, StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable("HOLDFAST_UPDATE_DOCS") == "1")
        {
            File.WriteAllText(Page, text[..start] + expected + text[end..]);
            return;
        }

        Assert.Equal(expected, text[start..end]);
    }

    private static string Forms()
    {
        StringBuilder page = new("| opcode | dst | src | off | imm | LLVM | kernel log | mnemonic | since |\n|---|---|---|---|---|---|---|---|---|\n");
        foreach (InstructionForm form in Opcodes.All)
        {
            string kernel = form.KernelSyntax is null ? "" : Readable(form.KernelSyntax);
            page.Append(CultureInfo.InvariantCulture, $"| `{form.Opcode:x2}` | {Field(form.Destination)} | {Field(form.Source)} | {Field(form.Offset)} | {Field(form.Immediate)} ");
            page.Append(CultureInfo.InvariantCulture, $"| {Readable(form.Syntax)} | {kernel} | {Readable(form.Mnemonic)} | {form.Citation} |\n");
        }

        return page.ToString();
    }

    private static string Diagnostics()
    {
        StringBuilder page = new("| id | name |\n|---|---|\n");
        foreach (Type type in (ReadOnlySpan<Type>)[typeof(AssemblyDiagnosticIds), typeof(ConformanceDiagnosticIds)])
        {
            foreach (FieldInfo field in type.GetFields().OrderBy(field => field.GetRawConstantValue()))
            {
                page.Append(CultureInfo.InvariantCulture, $"| {field.GetRawConstantValue()} | {field.Name} |\n");
            }
        }

        return page.ToString();
    }

    private static string Field(FieldRule rule) => rule.Use switch
    {
        FieldUse.Fixed => rule.Value > 9 ? $"0x{rule.Value:x}" : $"{rule.Value}",
        FieldUse.Register => "register",
        FieldUse.MemoryOffset => "offset",
        FieldUse.JumpDistance => "distance",
        FieldUse.Reference => "reference",
        FieldUse.Ignored => "–",
        _ => "number",
    };

    private static string Readable(string syntax)
    {
        string text = Operand().Replace(syntax, match => match.Groups["name"].Value switch
        {
            "rd" => "rD",
            "wd" => "wD",
            "rs" => "rS",
            "ws" => "wS",
            "d" => "%rD",
            "s" => "%rS",
            "md" => "rD + off",
            "ms" => "rS + off",
            "off" => "+off",
            "dist" => "+imm",
            "pcdist" => "pc+imm",
            "jimm" => "imm",
            "field" => "off",
            var other => other,
        });
        return $"`{text.Replace("|", "\\|", StringComparison.Ordinal)}`";
    }

    [GeneratedRegex(@"\{(?<name>\w+)\}")]
    private static partial Regex Operand();

    [GeneratedRegex(@"`(?<path>(src|tests|docs)/[\w./-]+)`")]
    private static partial Regex NamedPath();

    [GeneratedRegex(@"`(?<type>[A-Z]\w+)\.(?<member>[A-Z]\w+)`")]
    private static partial Regex NamedCall();
}
