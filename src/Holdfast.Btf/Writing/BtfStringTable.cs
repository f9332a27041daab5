using System.Buffers;
using System.Text;

namespace Holdfast.Btf.Writing;

/// <summary>Strings of a blob that is being written, each once.</summary>
internal sealed class BtfStringTable
{
    private readonly Dictionary<string, uint> _offsets = new(StringComparer.Ordinal) { [""] = 0 };
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private readonly uint _start;

    /// <summary>Makes a table that begins with the empty string, or that continues one of <paramref name="start"/> bytes.</summary>
    public BtfStringTable(uint start)
    {
        _start = start;
        if (start == 0)
        {
            _bytes.Write([(byte)0]);
        }
    }

    /// <summary>Makes a table with the strings of a graph at their offsets.</summary>
    public BtfStringTable(BtfGraph graph)
    {
        _start = graph.StringEnd - (uint)graph.Strings.Length;
        ReadOnlySpan<byte> strings = graph.Strings;
        _bytes.Write(strings);
        for (uint at = 0; at < strings.Length;)
        {
            int length = strings[(int)at..].IndexOf((byte)0);
            _offsets.TryAdd(Encoding.UTF8.GetString(strings.Slice((int)at, length)), _start + at);
            at += (uint)length + 1;
        }
    }

    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();

    public uint Add(string text)
    {
        if (_offsets.TryGetValue(text, out uint offset))
        {
            return offset;
        }

        offset = _start + (uint)_bytes.WrittenCount;
        _bytes.Write(Encoding.UTF8.GetBytes(text));
        _bytes.Write([(byte)0]);
        _offsets.Add(text, offset);
        return offset;
    }
}
