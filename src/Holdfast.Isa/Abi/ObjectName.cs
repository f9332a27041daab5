using System.Runtime.CompilerServices;
using System.Text;

namespace Holdfast.Isa.Abi;

/// <summary>A name as bpf(2) carries it: up to 15 bytes and a terminating zero (<c>BPF_OBJ_NAME_LEN</c> = 16).</summary>
[InlineArray(Length)]
public struct ObjectName
{
    /// <summary><c>BPF_OBJ_NAME_LEN</c>, in bytes, terminator included.</summary>
    public const int Length = 16;

    private byte _first;

    /// <summary>Builds a name; longer text is cut to 15 bytes, as libbpf does.</summary>
    /// <param name="text">The name.</param>
    /// <returns>The name, zero-padded.</returns>
    public static ObjectName From(string text)
    {
        ObjectName name = default;
        ReadOnlySpan<byte> bytes = Encoding.UTF8.GetBytes(text);
        bytes[..Math.Min(bytes.Length, Length - 1)].CopyTo(name);
        return name;
    }

    /// <summary>The text before the first zero byte.</summary>
    /// <returns>The name as text.</returns>
    public override readonly string ToString()
    {
        ReadOnlySpan<byte> bytes = this;
        int end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }
}
