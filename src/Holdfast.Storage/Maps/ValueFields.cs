using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Holdfast.Storage.FileSystem;

namespace Holdfast.Storage.Maps;

/// <summary>
/// The parts of a value that are not data: a spin lock, timers, … (<c>struct btf_record</c>). No update writes them and no lookup shows them
/// (<c>copy_map_value</c>, <c>check_and_init_map_value</c>).
/// </summary>
public sealed unsafe class ValueFields
{
    private readonly (int Start, int Length)[] _fields;
    private readonly (int Start, int Length)[] _data;
    private readonly int _countOffset;

    private ValueFields((int, int)[] fields, (int, int)[] data, int lockOffset, int countOffset)
    {
        _fields = fields;
        _data = data;
        LockOffset = lockOffset;
        _countOffset = countOffset;
    }

    /// <summary>Where the <c>bpf_spin_lock</c> is in a value, −1 if there is none.</summary>
    public int LockOffset { get; }

    /// <summary>What a map's header states. A header that was tampered with may state fields outside of the value, or a lock that isn't aligned: then there are none.</summary>
    /// <param name="map">The header's attributes.</param>
    /// <returns>The fields; null if the value is all data.</returns>
    public static ValueFields? Of(in MapObjectAttributes map)
    {
        if (map.ValueFieldCount is 0 or > MapObjectAttributes.MostValueFields)
            return null;
        List<(int, int)> fields = [], data = [];
        int lockOffset = -1, countOffset = -1;
        long end = 0;
        ReadOnlySpan<ulong> stated = MemoryMarshal.CreateReadOnlySpan(in map.ValueFields[0], (int)map.ValueFieldCount);
        foreach (ulong field in stated)
        {
            uint start = (uint)field, length = (uint)(field >> 32) & 0xffff;
            if (start < end || length == 0 || (ulong)start + length > map.ValueSize || (start & 3) != 0)
                return null;
            if (start > end)
                data.Add(((int)end, (int)(start - end)));
            if ((field & MapObjectAttributes.SpinLockField) != 0 && length == sizeof(uint))
                lockOffset = (int)start;
            if ((field & MapObjectAttributes.ReferenceCountField) != 0 && length == sizeof(uint))
                countOffset = (int)start;
            fields.Add(((int)start, (int)length));
            end = start + length;
        }

        if (end < map.ValueSize)
            data.Add(((int)end, (int)(map.ValueSize - end)));
        return new([.. fields], [.. data], lockOffset, countOffset);
    }

    /// <summary>Copies a value's data from one place to another.</summary>
    /// <param name="source">A whole value.</param>
    /// <param name="target">Another; its fields stay.</param>
    internal void Copy(byte* source, byte* target)
    {
        foreach ((int start, int length) in _data)
            Buffer.MemoryCopy(source + start, target + start, length, length);
    }

    /// <summary>Makes a copy of a value show fields as new ones are: zeros, and a count of one.</summary>
    internal void Hide(Span<byte> value)
    {
        foreach ((int start, int length) in _fields)
            value.Slice(start, length).Clear();
        if (_countOffset >= 0)
            BinaryPrimitives.WriteUInt32LittleEndian(value[_countOffset..], 1);
    }

    /// <summary>Goes on with a checksum over a value's data.</summary>
    internal uint Check(uint sum, byte* value)
    {
        foreach ((int start, int length) in _data)
            sum = ValueCheck.Of(sum, value + start, length);
        return sum;
    }
}
