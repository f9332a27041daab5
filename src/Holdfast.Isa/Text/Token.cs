namespace Holdfast.Isa.Text;

/// <summary>A token of one line of assembly.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Text">As written; for registers <c>r</c> or <c>w</c> and the number, without a percent sign.</param>
/// <param name="Value">A number's value, a register's number.</param>
/// <param name="Column">Where it starts, from 1.</param>
internal readonly record struct Token(TokenKind Kind, string Text, ulong Value, int Column)
{
    public bool Is(string text) => Kind is TokenKind.Symbol or TokenKind.Word && Text == text;

    /// <summary>Whether a token of a syntax allows this one: same kind and spelling.</summary>
    public bool Same(Token other) => Kind == other.Kind && Text == other.Text;
}
