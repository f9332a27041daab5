using System.Runtime.CompilerServices;
using Holdfast.Btf;
using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>A live map: an open descriptor and what is known of it. Keys and values are bytes; see <see cref="As{TKey,TValue}"/>.</summary>
public sealed partial class BpfMap : BpfHandle
{
    private readonly IDirectMap? _direct;
    private readonly DirectReader? _reader;

    internal BpfMap(IBpfEngine engine, int descriptor)
        : base(engine, descriptor)
    {
        MapInfo info = default;
        int result = engine.Info(descriptor, ref info);
        if (result < 0)
        {
            Handle.Dispose();
            Failure.Throw(engine, result, "map info");
        }

        Info = info;
        ValueBufferSize = PerCpuValues.BufferSize(engine, info);
        _direct = (engine as IDirectMapEngine)?.GetDirectMap(descriptor);
        _reader = _direct?.DirectReader;
    }

    /// <summary>What bpf(2) tells of the map.</summary>
    public MapInfo Info { get; }

    /// <summary>The map's id.</summary>
    public uint Id => Info.Id;

    /// <summary>The map's name, possibly empty.</summary>
    public string Name => Info.Name.ToString();

    /// <summary>The map's type.</summary>
    public MapType Type => Info.Type;

    /// <summary>Key size in bytes.</summary>
    public int KeySize => (int)Info.KeySize;

    /// <summary>Value size in bytes.</summary>
    public int ValueSize => (int)Info.ValueSize;

    /// <summary>Bytes that a lookup fills: the value, or for per-CPU maps every CPU's value, each rounded up to 8 bytes.</summary>
    public int ValueBufferSize { get; }

    /// <summary>Capacity in entries.</summary>
    public uint MaxEntries => Info.MaxEntries;

    /// <summary>Looks up a value.</summary>
    /// <param name="key">Key, <see cref="KeySize"/> bytes.</param>
    /// <param name="value">Receives the value, <see cref="ValueBufferSize"/> bytes.</param>
    /// <returns>Whether the key is there.</returns>
    /// <exception cref="ArgumentException">A buffer has the wrong size.</exception>
    /// <exception cref="BpfException">Any failure but a missing key.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryLookup(ReadOnlySpan<byte> key, Span<byte> value)
    {
        CheckSizes(key.Length, value.Length);
        return TryLookupChecked(key, value);
    }

    /// <summary>As <see cref="TryLookup"/>, with buffers that are known to have the right sizes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool TryLookupChecked(ReadOnlySpan<byte> key, Span<byte> value)
    {
        int result = _reader is { } reader ? DirectLookup(reader, key, value) : Engine.MapLookup(Descriptor, key, value);
        return result == 0 || Absent(result, "map lookup");
    }

    /// <summary>Creates or replaces an entry.</summary>
    /// <param name="key">Key, <see cref="KeySize"/> bytes.</param>
    /// <param name="value">Value, <see cref="ValueBufferSize"/> bytes.</param>
    /// <param name="flags">Only create, only replace, or either.</param>
    /// <exception cref="BpfException">EEXIST, ENOENT as the flags ask; E2BIG: the map is full.</exception>
    public void Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, UpdateFlags flags = UpdateFlags.Any)
    {
        CheckSizes(key.Length, value.Length);
        int result = _direct is not null && Handle.Descriptor >= 0
            ? _direct.Update(key, value, flags)
            : Engine.MapUpdate(Descriptor, key, value, flags);
        if (result < 0)
            Failure.Throw(Engine, result, $"update of map '{Name}'");
    }

    /// <summary>Deletes an entry.</summary>
    /// <param name="key">Key, <see cref="KeySize"/> bytes.</param>
    /// <returns>Whether the key was there.</returns>
    /// <exception cref="BpfException">Any failure but a missing key (EINVAL: entries of arrays can't be deleted).</exception>
    public bool TryDelete(ReadOnlySpan<byte> key)
    {
        CheckSizes(key.Length, ValueBufferSize);
        int result = _direct is not null && Handle.Descriptor >= 0 ? _direct.Delete(key) : Engine.MapDelete(Descriptor, key);
        return result == 0 || Absent(result, "map delete");
    }

    /// <summary>Looks up and deletes an entry in one step.</summary>
    /// <param name="key">Key, <see cref="KeySize"/> bytes; empty for queues and stacks.</param>
    /// <param name="value">Receives the value.</param>
    /// <returns>Whether the key was there.</returns>
    /// <exception cref="BpfException">Any failure but a missing key.</exception>
    public bool TryLookupAndDelete(ReadOnlySpan<byte> key, Span<byte> value)
    {
        CheckSizes(key.Length, value.Length);
        int result = Engine.MapLookupAndDelete(Descriptor, key, value);
        return result == 0 || Absent(result, "map lookup and delete");
    }

    /// <summary>Steps through the keys in the map's own order.</summary>
    /// <param name="key">The key to go on from; empty for the first. A key that is gone starts over, as in the kernel.</param>
    /// <param name="nextKey">Receives the next key.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="BpfException">Any failure but the end.</exception>
    public bool TryGetNextKey(ReadOnlySpan<byte> key, Span<byte> nextKey)
    {
        CheckSizes(key.Length == 0 ? KeySize : key.Length, ValueBufferSize);
        int result = Engine.MapNextKey(Descriptor, key, nextKey);
        return result == 0 || Absent(result, "map next key");
    }

    /// <summary>
    /// All entries, one by one. A key that is there throughout is met exactly once; one that comes or goes meanwhile, once or not at
    /// all. The walk always ends.
    /// </summary>
    /// <returns>Keys and values, each in a buffer of its own.</returns>
    public IEnumerable<KeyValuePair<byte[], byte[]>> Entries()
    {
        MapWalk walk = new(this);
        while (walk.TryNext(out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value))
            yield return new(key.ToArray(), value.ToArray());
    }

    /// <summary>Forbids all writes from user space from now on (BPF_MAP_FREEZE).</summary>
    /// <exception cref="BpfException">EPERM: it is frozen already; EBUSY: it is mapped for writing.</exception>
    public void Freeze() => Failure.Check(Engine, Engine.MapFreeze(Descriptor), $"freeze of map '{Name}'");

    /// <summary>Puts a struct_ops map's operations to use, for as long as the link lives (Linux 6.4; the map made with <c>BPF_F_LINK</c>).</summary>
    /// <returns>The link.</returns>
    /// <exception cref="BpfException">EINVAL: the map is no struct_ops map for links; EBUSY, EEXIST: operations of that name are in use.</exception>
    public BpfLink AttachStructOps()
    {
        Attachments.Require(Engine);
        return Attachments.Link(Engine, Engine.LinkCreateStructOps(Descriptor), $"use of struct_ops map '{Name}'");
    }

    /// <summary>The types of the map's keys and values; their ids are <see cref="MapInfo.BtfKeyTypeId"/> and <see cref="MapInfo.BtfValueTypeId"/> of <see cref="Info"/>.</summary>
    /// <returns>The types; null if the map was created without BTF.</returns>
    public BtfGraph? ReadBtf() => ObjectBtf.Read(Engine, Info.BtfId);

    /// <summary>The same map with typed keys and one typed value a CPU.</summary>
    /// <typeparam name="TKey">Key type, as large as <see cref="KeySize"/>.</typeparam>
    /// <typeparam name="TValue">Type of one CPU's value, as large as <see cref="ValueSize"/>.</typeparam>
    /// <returns>A view; this map stays its owner.</returns>
    /// <exception cref="ArgumentException">A size differs, or the map's kind has one value a key.</exception>
    public BpfPerCpuMap<TKey, TValue> AsPerCpu<TKey, TValue>()
        where TKey : unmanaged
        where TValue : unmanaged => new(this);

    /// <summary>The same map with typed keys and values.</summary>
    /// <typeparam name="TKey">Key type, as large as <see cref="KeySize"/>.</typeparam>
    /// <typeparam name="TValue">Value type, as large as <see cref="ValueSize"/>.</typeparam>
    /// <returns>A view; this map stays its owner.</returns>
    /// <exception cref="ArgumentException">A size differs.</exception>
    public BpfMap<TKey, TValue> As<TKey, TValue>()
        where TKey : unmanaged
        where TValue : unmanaged => new(this);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int DirectLookup(DirectReader reader, ReadOnlySpan<byte> key, Span<byte> value)
    {
        ObjectDisposedException.ThrowIf(Handle.IsClosed, this);
        return reader.Lookup(key, value);
    }

    private bool Absent(int result, string what)
    {
        if (result != -(int)Errno.ENOENT)
            Failure.Throw(Engine, result, $"{what} in '{Name}'");
        return false;
    }

    private void CheckSizes(int keyLength, int valueLength)
    {
        if (keyLength != KeySize || valueLength < ValueBufferSize)
            ThrowSizes(keyLength, valueLength);
    }

    private void ThrowSizes(int keyLength, int valueLength) => throw new ArgumentException(
        $"Map '{Name}' has keys of {KeySize} and values of {ValueBufferSize} bytes; the buffers hold {keyLength} and {valueLength}.");
}
