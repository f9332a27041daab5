using System.Globalization;
using Holdfast.Isa.Abi;

namespace Holdfast.Storage;

/// <summary>Names an object within its store: ids are counted per kind, as in the kernel.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Id">The id, 1 to 2³¹ − 1.</param>
public readonly record struct ObjectKey(ObjectKind Kind, uint Id)
{
    /// <summary>The short form that reference names use: <c>m5</c>, <c>p12</c>, <c>l3</c>, <c>b7</c>, <c>h2</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Letter}{Id}");

    private char Letter => Kind switch
    {
        ObjectKind.Map => 'm',
        ObjectKind.Program => 'p',
        ObjectKind.Link => 'l',
        ObjectKind.Btf => 'b',
        ObjectKind.Hook => 'h',
        _ => '?',
    };

    /// <summary>Reads the short form back.</summary>
    /// <param name="text">The text, as bytes.</param>
    /// <param name="key">The key.</param>
    /// <returns>Whether the text is one.</returns>
    public static bool TryParse(ReadOnlySpan<byte> text, out ObjectKey key)
    {
        key = default;
        if (text.Length < 2)
            return false;
        ObjectKind kind = text[0] switch
        {
            (byte)'m' => ObjectKind.Map,
            (byte)'p' => ObjectKind.Program,
            (byte)'l' => ObjectKind.Link,
            (byte)'b' => ObjectKind.Btf,
            (byte)'h' => ObjectKind.Hook,
            _ => ObjectKind.None,
        };
        if (kind == ObjectKind.None || !TryParseId(text[1..], out uint id))
            return false;
        key = new ObjectKey(kind, id);
        return true;
    }

    /// <summary>Reads a file name of the objects directories: a decimal number without leading zeros.</summary>
    internal static bool TryParseId(ReadOnlySpan<byte> text, out uint id) =>
        System.Buffers.Text.Utf8Parser.TryParse(text, out id, out int used) && used == text.Length && id is > 0 and <= int.MaxValue && text[0] != (byte)'0';

    /// <summary>Writes the file name in its objects directory with a terminating zero; the buffer needs 16 bytes.</summary>
    internal ReadOnlySpan<byte> FileName(Span<byte> buffer)
    {
        _ = System.Text.Unicode.Utf8.TryWrite(buffer, CultureInfo.InvariantCulture, $"{Id}\0", out int length);
        return buffer[..length];
    }

    /// <summary>Writes the short form with a terminating zero; the buffer needs 16 bytes.</summary>
    internal ReadOnlySpan<byte> ShortName(Span<byte> buffer)
    {
        _ = System.Text.Unicode.Utf8.TryWrite(buffer, CultureInfo.InvariantCulture, $"{Letter}{Id}\0", out int length);
        return buffer[..length];
    }
}
