using System.Collections.Concurrent;
using System.Diagnostics;

namespace Holdfast.Isa.Text;

/// <summary>A syntax of the opcode table, taken apart: the printer fills it in, the assembler matches lines with it.</summary>
internal sealed class SyntaxPattern
{
    private static readonly ConcurrentDictionary<string, SyntaxPattern> Known = new(StringComparer.Ordinal);

    private SyntaxPattern(IReadOnlyList<SyntaxPart> parts) => Parts = parts;

    public IReadOnlyList<SyntaxPart> Parts { get; }

    /// <summary>The pattern of a syntax; each is taken apart once.</summary>
    public static SyntaxPattern Of(string syntax) => Known.GetOrAdd(syntax, Parse);

    private static SyntaxPattern Parse(string syntax)
    {
        List<SyntaxPart> parts = [];
        int at = 0;
        while (at < syntax.Length)
        {
            int open = syntax.IndexOf('{', at);
            int literalEnd = open < 0 ? syntax.Length : open;
            if (literalEnd > at)
            {
                string literal = syntax[at..literalEnd];
                parts.Add(new(literal, Lexer.Read(literal, comments: false), OperandKind.None));
            }

            if (open < 0)
            {
                break;
            }

            int close = syntax.IndexOf('}', open);
            parts.Add(new("", [], Named(syntax[(open + 1)..close])));
            at = close + 1;
        }

        return new(parts);
    }

    private static OperandKind Named(string name) => name switch
    {
        "rd" => OperandKind.Destination64,
        "wd" => OperandKind.Destination32,
        "d" => OperandKind.Destination,
        "rs" => OperandKind.Source64,
        "ws" => OperandKind.Source32,
        "s" => OperandKind.Source,
        "imm" => OperandKind.Immediate,
        "negimm" => OperandKind.NegatedImmediate,
        "jimm" => OperandKind.JumpImmediate,
        "imm64" => OperandKind.Immediate64,
        "next" => OperandKind.NextImmediate,
        "field" => OperandKind.OffsetField,
        "md" => OperandKind.DestinationMemory,
        "ms" => OperandKind.SourceMemory,
        "off" => OperandKind.JumpOffset,
        "dist" => OperandKind.JumpDistance,
        "pcdist" => OperandKind.CallDistance,
        "helper" => OperandKind.Helper,
        _ => throw new UnreachableException($"the opcode table names an operand '{name}'"),
    };
}
