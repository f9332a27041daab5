using Holdfast.Isa.Instructions;

namespace Holdfast.Isa.Text;

/// <summary>All syntaxes of the opcode table, by their first two tokens as far as these are fixed.</summary>
internal static class SyntaxIndex
{
    /// <summary>Stands for any register as the first token, and for any operand as the second.</summary>
    private const string Register = "r";
    private const string Any = "";

    private static readonly Entry[] All = Build();
    private static readonly ILookup<string, Entry> ByFirst = All.ToLookup(entry => entry.First);
    private static readonly Dictionary<(string First, string Second), Entry[]> ByBoth = Index();

    /// <summary>What may fit a line, in the order of the table.</summary>
    public static IEnumerable<Entry> CandidatesFor(IReadOnlyList<Token> line)
    {
        string first = KeyOf(line[0]);
        string second = line.Count > 1 ? line[1].Text : Any;
        return ByBoth.TryGetValue((first, second), out Entry[]? both) ? both : ByFirst[first];
    }

    private static Entry[] Build()
    {
        List<Entry> all = [];
        foreach (InstructionForm form in Opcodes.All)
        {
            string?[] syntaxes = [form.Syntax, form.KernelSyntax, form.Mnemonic, .. form.Aliases];
            all.AddRange(syntaxes.OfType<string>().Distinct().Select(syntax => EntryOf(SyntaxPattern.Of(syntax), form)));
        }

        return [.. all];
    }

    private static Dictionary<(string First, string Second), Entry[]> Index() =>
        All.Where(entry => entry.Second != Any).Select(entry => (entry.First, entry.Second)).Distinct().ToDictionary(
            key => key,
            key => ByFirst[key.First].Where(entry => entry.Second == key.Second || entry.Second == Any).ToArray());

    private static Entry EntryOf(SyntaxPattern pattern, InstructionForm form)
    {
        IReadOnlyList<SyntaxPart> parts = pattern.Parts;
        if (parts[0].Operand != OperandKind.None)
        {
            return new(pattern, form, Register, parts[1].Tokens[0].Text);
        }

        IReadOnlyList<Token> tokens = parts[0].Tokens;
        string second = tokens.Count > 1 && tokens[1].Kind != TokenKind.Register ? tokens[1].Text : Any;
        return new(pattern, form, KeyOf(tokens[0]), second);
    }

    private static string KeyOf(Token token) => token.Kind == TokenKind.Register ? Register : token.Text;

    /// <summary>A syntax and the form that it writes.</summary>
    internal sealed record Entry(SyntaxPattern Pattern, InstructionForm Form, string First, string Second);
}
