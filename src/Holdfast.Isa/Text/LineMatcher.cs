using System.Diagnostics;
using Holdfast.Isa.Abi;

namespace Holdfast.Isa.Text;

/// <summary>Matches the tokens of one line with one syntax, reading operands on the way.</summary>
internal sealed class LineMatcher(IReadOnlyList<Token> tokens)
{
    private static readonly Token End = new(TokenKind.End, "end of line", 0, 0);
    private int _at;
    private string _expected = "";
    private MatchFailure? _failure;

    /// <summary>What was read; valid after a match.</summary>
    public OperandValues Values { get; } = new();

    /// <summary>How many tokens were read.</summary>
    public int Progress => _at;

    /// <summary>Why the match failed. Put into words only when asked: most lines fail many syntaxes before they match one.</summary>
    public MatchFailure Failure =>
        _failure ?? new(_at, AssemblyDiagnosticIds.UnexpectedToken, $"{_expected} expected, not '{Current.Text}'");

    private Token Current => _at < tokens.Count ? tokens[_at] : End;

    public bool Matches(SyntaxPattern pattern)
    {
        foreach (SyntaxPart part in pattern.Parts)
        {
            bool fits = part.Operand == OperandKind.None ? MatchLiteral(part.Tokens) : ReadOperand(part.Operand);
            if (!fits)
            {
                return false;
            }
        }

        return ReadIgnoredFields() && (Current.Kind == TokenKind.End || Expected("end of line"));
    }

    private bool MatchLiteral(IReadOnlyList<Token> literal)
    {
        foreach (Token token in literal)
        {
            if (!token.Same(Current))
            {
                return Expected(token.Text);
            }

            _at++;
        }

        return true;
    }

    private bool ReadOperand(OperandKind operand) => operand switch
    {
        OperandKind.Destination64 => ReadDestination("r"),
        OperandKind.Destination32 => ReadDestination("w"),
        OperandKind.Destination => ReadDestination(""),
        OperandKind.Source64 => ReadSource("r"),
        OperandKind.Source32 => ReadSource("w"),
        OperandKind.Source => ReadSource(""),
        OperandKind.Immediate or OperandKind.JumpImmediate => ReadImmediate(),
        OperandKind.NegatedImmediate => ReadNumber(int.MinValue, uint.MaxValue, out Int128 value) && SetImmediate(-value),
        OperandKind.Immediate64 => ReadImmediate64(),
        OperandKind.NextImmediate => ReadNumber(int.MinValue, uint.MaxValue, out Int128 value) && SetNextImmediate(value),
        OperandKind.OffsetField => ReadNumber(short.MinValue, short.MaxValue, out Int128 value) && SetOffset(value),
        OperandKind.DestinationMemory => ReadDestination("r") && ReadMemoryOffset(),
        OperandKind.SourceMemory => ReadSource("r") && ReadMemoryOffset(),
        OperandKind.JumpOffset => ReadTarget(immediate: false),
        OperandKind.JumpDistance or OperandKind.CallDistance => ReadTarget(immediate: true),
        OperandKind.Helper => ReadHelper(),
        _ => throw new UnreachableException($"operand {operand}"),
    };

    private bool ReadDestination(string prefix)
    {
        if (!ReadRegister(prefix, out int number))
        {
            return false;
        }

        if (Values.Destination is int other && other != number)
        {
            return Fail("both registers must be the same", AssemblyDiagnosticIds.FieldConflict, _at - 1);
        }

        Values.Destination = number;
        return true;
    }

    private bool ReadSource(string prefix)
    {
        if (!ReadRegister(prefix, out int number))
        {
            return false;
        }

        if (Values.Source is int other && other != number)
        {
            return Fail("both registers must be the same", AssemblyDiagnosticIds.FieldConflict, _at - 1);
        }

        Values.Source = number;
        return true;
    }

    private bool ReadRegister(string prefix, out int number)
    {
        Token token = Current;
        number = (int)token.Value;
        if (token.Kind != TokenKind.Register || !token.Text.StartsWith(prefix, StringComparison.Ordinal))
        {
            return Expected("register");
        }

        _at++;
        return true;
    }

    private bool ReadNumber(Int128 minimum, Int128 maximum, out Int128 value)
    {
        int start = _at;
        bool negative = Current.Is("-");
        if (negative || Current.Is("+"))
        {
            _at++;
        }

        value = negative ? -(Int128)Current.Value : Current.Value;
        if (Current.Kind != TokenKind.Number)
        {
            return Expected("number");
        }

        _at++;
        return (value >= minimum && value <= maximum)
            || Fail($"{value} is outside {minimum} to {maximum}", AssemblyDiagnosticIds.OutOfRange, start);
    }

    private bool SetImmediate(Int128 value)
    {
        Values.Immediate = unchecked((int)value);
        return true;
    }

    private bool SetNextImmediate(Int128 value)
    {
        Values.NextImmediate = unchecked((int)value);
        return true;
    }

    private bool SetOffset(Int128 value)
    {
        Values.Offset = (short)value;
        return true;
    }

    /// <summary>32 bits, signed or not; or what sign extension makes of them, such as <c>0xffffffff80000000</c>.</summary>
    private bool ReadImmediate()
    {
        int start = _at;
        if (!ReadNumber(long.MinValue, ulong.MaxValue, out Int128 value))
        {
            return false;
        }

        bool fits = (value >= int.MinValue && value <= uint.MaxValue) || value >= unchecked((ulong)int.MinValue);
        return fits ? SetImmediate(value) : Fail($"{value} is over 32 bits", AssemblyDiagnosticIds.OutOfRange, start);
    }

    private bool ReadImmediate64()
    {
        if (!ReadNumber(long.MinValue, ulong.MaxValue, out Int128 value))
        {
            return false;
        }

        SetImmediate(value);
        return SetNextImmediate(value >> 32);
    }

    private bool ReadMemoryOffset()
    {
        Values.Offset = 0;
        bool signed = Current.Is("+") || Current.Is("-");
        return !signed || (ReadNumber(short.MinValue, short.MaxValue, out Int128 value) && SetOffset(value));
    }

    private bool ReadTarget(bool immediate)
    {
        Token token = Current;
        bool pc = token.Is("pc");
        if (token.Kind == TokenKind.Word && !pc)
        {
            _at++;
            Values.Label = token;
            Values.LabelIsImmediate = immediate;
            return true;
        }

        _at += pc ? 1 : 0;
        if (pc && !Current.Is("+") && !Current.Is("-"))
        {
            return Expected("sign");
        }

        return (immediate
            ? ReadNumber(int.MinValue, int.MaxValue, out Int128 value) && SetImmediate(value)
            : ReadNumber(short.MinValue, short.MaxValue, out value) && SetOffset(value)) && SkipAnnotation();
    }

    /// <summary>llvm-objdump follows a target with the symbol it knows there: <c>goto +3 &lt;LBB0_2&gt;</c>.</summary>
    private bool SkipAnnotation()
    {
        if (!Current.Is("<"))
        {
            return true;
        }

        while (Current.Kind != TokenKind.End && !Current.Is(">"))
        {
            _at++;
        }

        return Current.Is(">") ? ++_at > 0 : Expected(">");
    }

    private bool ReadHelper()
    {
        Token token = Current;
        if (token.Kind == TokenKind.Number)
        {
            return ReadNumber(0, uint.MaxValue, out Int128 plain) && SetImmediate(plain);
        }

        if (token.Kind != TokenKind.Word)
        {
            return Expected("helper");
        }

        int start = _at++;
        bool known = HelperNames.TryParse(token.Text, out HelperId helper);
        if (Current.Is("#"))
        {
            _at++;
            if (!ReadNumber(int.MinValue, uint.MaxValue, out Int128 number))
            {
                return false;
            }

            bool agrees = HelperNames.Of((HelperId)unchecked((uint)number)) == token.Text;
            return agrees ? SetImmediate(number) : Fail($"helper {number} isn't {token.Text}", AssemblyDiagnosticIds.UnknownHelper, start);
        }

        return known ? SetImmediate((uint)helper) : Fail($"no helper is called {token.Text}", AssemblyDiagnosticIds.UnknownHelper, start);
    }

    /// <summary>Fields that mean nothing but hold something: <c>exit off=5</c>.</summary>
    private bool ReadIgnoredFields()
    {
        while (Current.Is("off") || Current.Is("next"))
        {
            bool offset = Current.Is("off");
            _at++;
            if (!Current.Is("="))
            {
                return Expected("=");
            }

            _at++;
            bool read = offset
                ? ReadNumber(short.MinValue, short.MaxValue, out Int128 value) && SetOffset(value)
                : ReadNumber(int.MinValue, uint.MaxValue, out value) && SetNextImmediate(value);
            if (!read)
            {
                return false;
            }
        }

        return true;
    }

    private bool Expected(string what)
    {
        _expected = what;
        return false;
    }

    private bool Fail(string message, string id, int position)
    {
        _failure = new(position, id, message);
        return false;
    }
}
