using System.Globalization;

namespace Holdfast.Isa.Text;

/// <summary>Cuts a line into tokens. Comments start with <c>;</c>, <c>//</c> or <c>#</c> (but <c>name#1</c> is a helper with its number).</summary>
internal static class Lexer
{
    /// <summary>Longest first; the <c>s</c> of signed operators is part of them.</summary>
    private static readonly string[] Symbols =
    [
        "s>>=", "<<=", ">>=", "s>=", "s<=", "s/=", "s%=", "+=", "-=", "*=", "/=", "%=", "|=", "&=", "^=", "==", "!=", ">=", "<=", "s>", "s<",
        "=", "<", ">", "&", "(", ")", "[", "]", "*", ",", ":", "+", "-", "#", ".", "@",
    ];

    /// <summary>Reads a line, or (without comments) a syntax of the opcode table.</summary>
    public static List<Token> Read(string line, bool comments = true)
    {
        List<Token> tokens = [];
        int at = 0;
        while (at < line.Length)
        {
            char character = line[at];
            if (char.IsWhiteSpace(character))
            {
                at++;
                continue;
            }

            if (comments && StartsComment(line, at))
            {
                break;
            }

            Token token = ReadOne(line, ref at);
            tokens.Add(token);
            if (token.Kind == TokenKind.Bad)
            {
                break;
            }
        }

        return tokens;
    }

    private static bool StartsComment(string line, int at) => line[at] switch
    {
        ';' => true,
        '/' => at + 1 < line.Length && line[at + 1] == '/',
        '#' => at == 0 || !IsWordPart(line[at - 1]) || at + 1 == line.Length || !(char.IsAsciiDigit(line[at + 1]) || line[at + 1] == '-'),
        _ => false,
    };

    private static Token ReadOne(string line, ref int at)
    {
        int column = at + 1;
        int start = at;
        bool percent = line[at] == '%' && at + 1 < line.Length && char.IsAsciiLetter(line[at + 1]);
        int wordAt = percent ? at + 1 : at;
        if (!percent && char.IsAsciiDigit(line[at]))
        {
            return ReadNumber(line, ref at);
        }

        string? symbol = percent ? null : Array.Find(Symbols, candidate => string.CompareOrdinal(line, start, candidate, 0, candidate.Length) == 0);
        if (symbol is not null && !(symbol == "." && at + 1 < line.Length && IsWordPart(line[at + 1])))
        {
            at += symbol.Length;
            return new(TokenKind.Symbol, symbol, 0, column);
        }

        int end = wordAt;
        while (end < line.Length && IsWordPart(line[end]))
        {
            end++;
        }

        at = Math.Max(end, start + 1);
        string word = line[wordAt..end];
        if (AsRegister(word) is (char prefix, int number))
        {
            return new(TokenKind.Register, $"{prefix}{number}", (ulong)number, column);
        }

        return word.Length == 0 || percent ? new(TokenKind.Bad, line[start..at], 0, column) : new(TokenKind.Word, word, 0, column);
    }

    /// <summary>r0–r15 and w0–w15: fields have 4 bits, tests of bad programs need all of them. <c>fp</c> is r10.</summary>
    private static (char Prefix, int Number)? AsRegister(string word)
    {
        if (word == "fp")
        {
            return ('r', 10);
        }

        bool shaped = word.Length is 2 or 3 && word[0] is 'r' or 'w' && (word.Length == 2 || word[1] != '0');
        return shaped && int.TryParse(word.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= 15
            ? (word[0], number)
            : null;
    }

    private static Token ReadNumber(string line, ref int at)
    {
        int start = at;
        bool hex = line[at] == '0' && at + 2 < line.Length && line[at + 1] is 'x' or 'X' && char.IsAsciiHexDigit(line[at + 2]);
        at += hex ? 2 : 0;
        int digits = at;
        while (at < line.Length && (hex ? char.IsAsciiHexDigit(line[at]) : char.IsAsciiDigit(line[at])))
        {
            at++;
        }

        NumberStyles style = hex ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
        bool fits = ulong.TryParse(line.AsSpan(digits, at - digits), style, CultureInfo.InvariantCulture, out ulong value);
        return new(fits ? TokenKind.Number : TokenKind.Bad, line[start..at], value, start + 1);
    }

    private static bool IsWordPart(char character) => char.IsAsciiLetterOrDigit(character) || character is '_' or '.' or '$';
}
