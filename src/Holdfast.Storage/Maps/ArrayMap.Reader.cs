using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;

namespace Holdfast.Storage.Maps;

/// <content>Lookups of values that are one word and nothing else.</content>
public sealed unsafe partial class ArrayMap
{
    /// <summary>How many elements from the first on are known to be there; they stay.</summary>
    private uint Present => (uint)Math.Min(_entries, _placement.CountBefore(_chunks.Known));

    /// <summary>Looks up by one comparison and one load what is known to be there, and all else by the map.</summary>
    /// <typeparam name="TWord">The value: <see cref="uint"/> or <see cref="ulong"/>, in 8 bytes of the map.</typeparam>
    /// <param name="map">The map.</param>
    private sealed class WordReader<TWord>(ArrayMap map) : DirectReader
        where TWord : unmanaged
    {
        private readonly byte* _elements = map._elements;

        // Any thread may move it up; one that loses a race moves it less.
        private uint _present = map.Present;

        /// <inheritdoc/>
        public override int Lookup(ReadOnlySpan<byte> key, Span<byte> value)
        {
            uint index = BinaryPrimitives.ReadUInt32LittleEndian(key);
            if (index >= _present)
                return LookupAnywhere(key, value);

            // Safe: what is present is below the entries that the mapping was made for, and its blocks are there. One aligned load.
            MemoryMarshal.Write(value, *(TWord*)(_elements + ((long)index * sizeof(ulong))));
            return 0;
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private int LookupAnywhere(ReadOnlySpan<byte> key, Span<byte> value)
        {
            int result = map.Lookup(key, value);
            _present = map.Present;
            return result;
        }
    }
}
