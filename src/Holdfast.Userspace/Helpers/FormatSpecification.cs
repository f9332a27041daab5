namespace Holdfast.Userspace.Helpers;

/// <summary>Flags and width of one conversion.</summary>
internal struct FormatSpecification
{
    private const int WidestField = 32767;

    public bool IsZeroPadded;
    public bool HasPlus;
    public bool HasSpace;
    public bool IsLeft;
    public int Width;
    public uint Radix;
    public bool IsUpper;
    public bool IsSigned;

    /// <summary>Reads <c>[0 +-]*[1-9][0-9]*</c>.</summary>
    /// <param name="format">The format.</param>
    /// <param name="position">Behind the percent sign; moved to the conversion.</param>
    /// <returns>The specification.</returns>
    public static FormatSpecification Read(ReadOnlySpan<byte> format, ref int position)
    {
        FormatSpecification found = default;
        for (; position < format.Length && format[position] is (byte)'0' or (byte)'+' or (byte)'-' or (byte)' '; position++)
        {
            found.IsZeroPadded |= format[position] == '0';
            found.HasPlus |= format[position] == '+';
            found.IsLeft |= format[position] == '-';
            found.HasSpace |= format[position] == ' ';
        }

        for (; position < format.Length && format[position] is >= (byte)'0' and <= (byte)'9'; position++)
        {
            found.Width = Math.Min((found.Width * 10) + (format[position] - '0'), WidestField);
        }

        return found;
    }
}
