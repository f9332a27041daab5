namespace Holdfast.Isa.Text;

/// <summary>Kinds of <see cref="Token"/>.</summary>
internal enum TokenKind
{
    /// <summary>Behind the last.</summary>
    End,

    /// <summary>A word.</summary>
    Word,

    /// <summary>A register.</summary>
    Register,

    /// <summary>An unsigned number.</summary>
    Number,

    /// <summary>An operator or punctuation.</summary>
    Symbol,

    /// <summary>Something that can't begin a token.</summary>
    Bad,
}
