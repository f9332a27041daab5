using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;

namespace Holdfast.Storage.Maps;

/// <content>Lookups by keys and of values that are one word each, in a map that isn't durable.</content>
public sealed unsafe partial class HashMap
{
    /// <inheritdoc/>
    public override DirectReader DirectReader => _isDurable || _fields != null ? this : (_keySize, _valueSize) switch
    {
        (sizeof(uint), sizeof(uint)) => new WordReader<uint, uint>(this),
        (sizeof(uint), sizeof(ulong)) => new WordReader<uint, ulong>(this),
        (sizeof(ulong), sizeof(uint)) => new WordReader<ulong, uint>(this),
        (sizeof(ulong), sizeof(ulong)) => new WordReader<ulong, ulong>(this),
        _ => this,
    };

    /// <summary>How many elements from the first on are known to be there; they stay.</summary>
    private uint PresentElements => (uint)Math.Min(_capacity, _placement.CountBefore(_elementChunks.Known));

    /// <summary>The short walk of <see cref="Find"/>, with key and value in registers; all else is left to the map.</summary>
    /// <typeparam name="TKey">The key: <see cref="uint"/> or <see cref="ulong"/>.</typeparam>
    /// <typeparam name="TWord">The value, likewise; in 8 bytes of the map.</typeparam>
    /// <param name="map">The map.</param>
    private sealed class WordReader<TKey, TWord>(HashMap map) : DirectReader
        where TKey : unmanaged, IEquatable<TKey>
        where TWord : unmanaged
    {
        private readonly HashMap _map = map;
        private readonly byte* _buckets = map._buckets;
        private readonly byte* _elements = map._elements;
        private readonly ulong _stride = map._stride;
        private readonly uint _keyOffset = map._keyOffset;
        private readonly uint _seed = map._seed;

        // Any thread may move it up; one that loses a race moves it less.
        private uint _present = map.PresentElements;

        /// <inheritdoc/>
        public override int Lookup(ReadOnlySpan<byte> key, Span<byte> value)
        {
            TKey wanted = MemoryMarshal.Read<TKey>(key);
            uint hash = sizeof(TKey) == sizeof(uint)
                ? BitOperations.Crc32C(_seed, Unsafe.BitCast<TKey, uint>(wanted))
                : BitOperations.Crc32C(_seed, Unsafe.BitCast<TKey, ulong>(wanted));

            // Safe: the bucket is one of the known ones, whose blocks are there.
            uint next = Volatile.Read(ref *(uint*)(_buckets + ((long)BucketOf(hash, _map._known) * HashLayout.BucketBytes)));
            for (int steps = 0; steps < ShortWalk && next - 1 < _present; steps++)
            {
                // Safe: what is present is below the capacity that the mapping was made for, and its blocks are there.
                byte* element = _elements + ((next - 1) * _stride);
                ref uint version = ref ((HashElement*)element)->Version;
                uint seen = Volatile.Read(ref version);
                TKey found = *(TKey*)(element + _keyOffset);
                TWord word = *(TWord*)(element + _keyOffset + sizeof(ulong));
                next = ((HashElement*)element)->Next;
                Volatile.ReadBarrier();
                if ((seen & 1) != 0 || version != seen)
                    break;
                if (!found.Equals(wanted))
                    continue;
                MemoryMarshal.Write(value, word);
                return 0;
            }

            return LookUpCarefully(key, hash, value);
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private int LookUpCarefully(ReadOnlySpan<byte> key, uint hash, Span<byte> value)
        {
            bool found;
            fixed (byte* keyBytes = key, target = value)
                found = _map.FindAndCopyAgain(keyBytes, hash, target, sizeof(TWord));
            _present = _map.PresentElements;
            return found ? 0 : -(int)Errno.ENOENT;
        }
    }
}
