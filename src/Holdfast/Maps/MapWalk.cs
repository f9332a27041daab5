using System.Diagnostics.CodeAnalysis;
using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>
/// A walk over all entries of a map: in batches where its kind has them, else key by key. A key that is there throughout is met
/// exactly once, whatever else is inserted and deleted meanwhile, and the walk ends.
/// </summary>
/// <remarks>
/// Hashes are read bucket by bucket and have a fixed number of buckets; arrays by index: nothing that happens to other entries
/// moves the position. Other kinds go on from the last key, and start over if that is gone; there the keys met are remembered, and
/// the steps are bounded.
/// </remarks>
internal sealed class MapWalk
{
    private const int FirstBatch = 256;

    private readonly BpfMap _map;
    private readonly MapBatchCursor _cursor = new();
    private readonly HashSet<byte[]>? _met;
    private byte[] _keys;
    private byte[] _values;
    private int _count;
    private int _at;
    private bool _keyByKey;
    private bool _started;
    private ulong _steps;

    public MapWalk(BpfMap map)
    {
        _map = map;
        _met = KeepsItsPosition(map.Type) ? null : new HashSet<byte[]>(KeyComparer.Instance);
        int batch = (int)Math.Min(map.MaxEntries, FirstBatch);
        _keys = new byte[Math.Max(batch, 1) * map.KeySize];
        _values = new byte[Math.Max(batch, 1) * map.ValueBufferSize];
    }

    /// <summary>Goes on to the next entry.</summary>
    /// <param name="key">Its key, until the next call.</param>
    /// <param name="value">Its value, until the next call.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryNext(out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        do
        {
            if (_at == _count && !Fill())
            {
                key = value = default;
                return false;
            }

            key = _keys.AsSpan(_at * _map.KeySize, _map.KeySize);
            value = _values.AsSpan(_at * _map.ValueBufferSize, _map.ValueBufferSize);
            _at++;
        }
        while (_met is not null && !_met.Add(key.ToArray()));
        return true;
    }

    private static bool KeepsItsPosition(MapType type) => type
        is MapType.Hash or MapType.PerCpuHash or MapType.LruHash or MapType.LruPerCpuHash or MapType.HashOfMaps
        or MapType.Array or MapType.PerCpuArray or MapType.ProgArray or MapType.PerfEventArray or MapType.ArrayOfMaps or MapType.CgroupArray
        or MapType.StructOps or MapType.DevMap or MapType.CpuMap or MapType.XskMap or MapType.SockMap or MapType.ReuseportSockArray;

    private bool Fill()
    {
        _at = _count = 0;
        // A walk that started over does so because others delete: it may not go on for as long as they do.
        if (_met is not null && _steps++ > 2ul * _map.MaxEntries)
            return false;
        return _keyByKey ? FillOne() : FillBatch();
    }

    private bool FillBatch()
    {
        while (!_cursor.AtEnd)
        {
            int result = _map.TryReadBatch(_cursor, _keys, _values, andDelete: false, out _count);
            if (result == 0)
            {
                if (_count > 0)
                    return true;
            }
            else if (result == -(int)Errno.ENOSPC)
            {
                // More entries in one bucket than the buffers hold.
                _keys = new byte[_keys.Length * 2];
                _values = new byte[_values.Length * 2];
            }
            else if (result == -(int)Errno.ENOTSUPP)
            {
                _keyByKey = true;
                return FillOne();
            }
            else
            {
                Failure.Throw(_map.Engine, result, $"walk through map '{_map.Name}'");
            }
        }

        return false;
    }

    /// <summary>The next key that still has a value.</summary>
    private bool FillOne()
    {
        Span<byte> key = _keys.AsSpan(0, _map.KeySize);
        while (_map.TryGetNextKey(_started ? key : [], key))
        {
            _started = true;
            if (_map.TryLookup(key, _values.AsSpan(0, _map.ValueBufferSize)))
            {
                _count = 1;
                return true;
            }

            if (_met is not null && _steps++ > 2ul * _map.MaxEntries)
                break;
        }

        return false;
    }

    /// <summary>Keys by their bytes.</summary>
    private sealed class KeyComparer : IEqualityComparer<byte[]>
    {
        public static readonly KeyComparer Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode([DisallowNull] byte[] obj)
        {
            HashCode code = default;
            code.AddBytes(obj);
            return code.ToHashCode();
        }
    }
}
