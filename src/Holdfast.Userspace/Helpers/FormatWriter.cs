namespace Holdfast.Userspace.Helpers;

/// <summary>Collects formatted text; what does not fit is counted and dropped, as <c>snprintf</c> does.</summary>
internal ref struct FormatWriter(Span<byte> buffer)
{
    private readonly Span<byte> _buffer = buffer;

    /// <summary>Bytes written or dropped.</summary>
    public int Length { get; private set; }

    public void Add(byte value)
    {
        if (Length < _buffer.Length)
        {
            _buffer[Length] = value;
        }

        Length++;
    }

    /// <summary>Adds text, padded to the width of a specification.</summary>
    public void Add(scoped ReadOnlySpan<byte> text, scoped in FormatSpecification specification)
    {
        int padding = Math.Max(specification.Width - text.Length, 0);
        Repeat((byte)' ', specification.IsLeft ? 0 : padding);
        foreach (byte value in text)
        {
            Add(value);
        }

        Repeat((byte)' ', specification.IsLeft ? padding : 0);
    }

    /// <summary>Adds a number in base 10 or 16, with its sign.</summary>
    public void Add(ulong magnitude, bool negative, scoped in FormatSpecification specification)
    {
        const string Digits = "0123456789abcdef";
        const int MostDigits = 20;
        Span<byte> digits = stackalloc byte[MostDigits];
        int start = MostDigits;
        do
        {
            char digit = Digits[(int)(magnitude % specification.Radix)];
            digits[--start] = (byte)(specification.IsUpper ? char.ToUpperInvariant(digit) : digit);
            magnitude /= specification.Radix;
        }
        while (magnitude != 0);

        byte sign = !specification.IsSigned ? (byte)0
            : negative ? (byte)'-'
            : specification.HasPlus ? (byte)'+'
            : specification.HasSpace ? (byte)' '
            : (byte)0;
        int padding = Math.Max(specification.Width - (MostDigits - start) - (sign != 0 ? 1 : 0), 0);
        bool zeros = specification.IsZeroPadded && !specification.IsLeft;
        Repeat((byte)' ', zeros || specification.IsLeft ? 0 : padding);
        if (sign != 0)
        {
            Add(sign);
        }

        Repeat((byte)'0', zeros ? padding : 0);
        foreach (byte digit in digits[start..])
        {
            Add(digit);
        }

        Repeat((byte)' ', specification.IsLeft ? padding : 0);
    }

    private void Repeat(byte value, int count)
    {
        for (int i = 0; i < count; i++)
        {
            Add(value);
        }
    }
}
