using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Maps.Lpm;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Tests.Maps.Guarantees;

/// <summary>LPM tries.</summary>
internal sealed class LpmSubject(bool durable) : KeyedSubject(durable ? "durable lpm_trie" : "lpm_trie", MapType.LpmTrie, durable)
{
    public override TestMap Create(uint entries) => TestMap.Create(MapType.LpmTrie, 8, ValueSize, entries, MapFlags.NoPrealloc, durable: IsDurable ? true : null);

    public override void CheckAllUsable(TestMap map)
    {
        base.CheckAllUsable(map);
        LpmTrie trie = (LpmTrie)map.Shared;
        Assert.Equal(Capacity, trie.Count);
        for (uint key = 0; key < Capacity; key++)
            Assert.Equal(0, trie.Delete(Torture.Key(trie, key)));
        Assert.Equal(0u, trie.Count);

        // Of an empty trie every node that was ever used is free.
        Assert.Equal(Word(map, LpmLayout.FreshOffset), Word(map, LpmLayout.QueuedOffset));
    }

    protected override byte[] AnyKey(SharedMap map, Random random)
    {
        byte[] key = base.AnyKey(map, random);
        key[0] = (byte)random.Next(34);
        return key;
    }

    private static unsafe uint Word(TestMap map, int offset)
    {
        Assert.Equal(Errno.None, MappedFile.TryMap(map.File.Descriptor, map.File.Header.DataOffset + map.File.Header.DataLength, writable: false, out MappedFile? file));
        using (file)
            return BinaryPrimitives.ReadUInt32LittleEndian(new ReadOnlySpan<byte>(file!.Base + map.File.Header.DataOffset + offset, sizeof(uint)));
    }
}
