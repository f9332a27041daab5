namespace Holdfast.Isa.Text;

/// <summary>A piece of a syntax: literal text with its tokens, or an operand.</summary>
/// <param name="Literal">The text; empty for an operand.</param>
/// <param name="Tokens">The text's tokens.</param>
/// <param name="Operand">The operand, or <see cref="OperandKind.None"/>.</param>
internal sealed record SyntaxPart(string Literal, IReadOnlyList<Token> Tokens, OperandKind Operand);
