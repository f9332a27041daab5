using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;
using Holdfast.Verifier;

namespace Holdfast.Execution.Tests.Support;

/// <summary>An array of u64 in this process, whose chunks of 64 bytes become ready at their first lookup.</summary>
internal sealed unsafe class PlainArray : RuntimeMap
{
    public const int Entries = 100;
    private const int ChunkShift = 6;

    // Lives as long as the process: views hold its addresses.
    private readonly ulong* _values = (ulong*)NativeMemory.AllocZeroed(Entries * sizeof(ulong));
    private readonly uint* _ready = (uint*)NativeMemory.AllocZeroed(64);
    private readonly bool _viewed;

    public PlainArray(bool viewed)
        : base(new MapDescription { Type = MapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = Entries })
    {
        _viewed = viewed;
    }

    /// <summary>Lookups that came here.</summary>
    public int Lookups { get; private set; }

    public ulong this[int index]
    {
        get => _values[index];
        set => _values[index] = value;
    }

    public override ulong Lookup(RunContext context, byte* key)
    {
        Lookups++;
        uint index = *(uint*)key;
        if (index >= Entries)
        {
            return 0;
        }

        uint chunk = index * sizeof(ulong) >> ChunkShift;
        _ready[chunk >> 5] |= 1u << (int)(chunk & 31);
        return (ulong)(_values + index);
    }

    public override long Update(RunContext context, byte* key, byte* value, ulong flags)
    {
        _values[*(uint*)key] = *(ulong*)value + flags;
        return 0;
    }

    public override long Delete(RunContext context, byte* key) => -22;

    public override bool TryGetArrayView(out ArrayView view)
    {
        view = new ArrayView
        {
            Base = (byte*)_values,
            Stride = sizeof(ulong),
            MaxEntries = Entries,
            ReadyChunks = _ready,
            ChunkShift = ChunkShift,
        };
        return _viewed;
    }
}
