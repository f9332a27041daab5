using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Tests.FileSystem;

[Collection(nameof(Alone))]
public class StoreTests
{
    [Fact]
    public void An_object_without_references_goes_with_its_last_descriptor()
    {
        using TemporaryStore temporary = new();
        ObjectFile map = temporary.CreateMap();
        Assert.Equal([map.Key], temporary.Objects());
        map.Dispose();
        Assert.Empty(temporary.Objects());
    }

    [Fact]
    public void A_pin_outlives_the_descriptor_and_gets_the_same_object()
    {
        using TemporaryStore temporary = new();
        string pin = temporary.Fs + "/counters";
        ObjectFile map = temporary.CreateMap("counters");
        ObjectKey key = map.Key;
        Assert.Null(temporary.Store.Bpffs.Pin(map, pin));
        map.Dispose();
        using (ObjectFile again = TemporaryStore.Get(temporary.Store, pin))
        {
            Assert.Equal(key, again.Key);
            Assert.Equal("counters", again.Header.Name.ToString());
            Assert.Equal(MapType.Array, again.Header.ReadAttributes<MapObjectAttributes>().Type);
        }

        Assert.Null(temporary.Store.Bpffs.Unpin(pin));
        Assert.Empty(temporary.Objects());
    }

    [Fact]
    public void A_program_keeps_its_maps_and_a_link_its_program()
    {
        using TemporaryStore temporary = new();
        ObjectFile map = temporary.CreateMap();
        ObjectFile program = TemporaryStore.Create(temporary.Store, TemporaryStore.Program(map));
        ObjectFile link = TemporaryStore.Create(temporary.Store, TemporaryStore.Link(program));
        ObjectKey[] all = [map.Key, program.Key, link.Key];
        map.Dispose();
        program.Dispose();
        Assert.Equal(all, temporary.Objects());
        link.Dispose();
        Assert.Empty(temporary.Objects());
        Assert.Empty(Directory.EnumerateFileSystemEntries(temporary.StorePath + "/refs"));
    }

    [Fact]
    public void Sections_come_back_as_written()
    {
        using TemporaryStore temporary = new();
        using ObjectFile program = TemporaryStore.Create(temporary.Store, TemporaryStore.Program());
        using ObjectFile again = Reopen(temporary, program.Key);
        Assert.True(again.TryReadSection(ObjectSectionKind.License, out byte[]? license, out _));
        Assert.Equal("GPL"u8.ToArray(), license);
        Assert.True(again.TryReadSection(ObjectSectionKind.Instructions, out byte[]? code, out _));
        Assert.Equal(16, code.Length);
        Assert.True(again.TryReadSection(ObjectSectionKind.Btf, out byte[]? none, out _));
        Assert.Empty(none);
    }

    private static ObjectFile Reopen(TemporaryStore temporary, ObjectKey key)
    {
        Assert.True(temporary.Store.TryOpenById(key, ObjectAccess.ReadOnly, out ObjectFile? file, out StorageError? error), error?.ToString());
        return file;
    }
}
