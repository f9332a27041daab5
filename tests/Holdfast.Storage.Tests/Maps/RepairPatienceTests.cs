using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Memory;
using Holdfast.Storage.Tests.FileSystem;

namespace Holdfast.Storage.Tests.Maps;

/// <summary>Who holds the byte of a repair without ever repairing, as who may only read the map can, holds nobody up for ever.</summary>
[Collection(nameof(Alone))]
public class RepairPatienceTests
{
    [Fact]
    public void AWriterThatWaitsTooLongIsToldAndNothingIsDamaged()
    {
        int patience = SharedMap.RepairPatience;
        using TestMap map = TestMap.Create(MapType.Hash, 4, 16, 10);
        Assert.Equal(0, map.Hash.Update(SelfVerifying.Key(3), SelfVerifying.Value(16, 3, 1), UpdateFlags.Any));
        map.Poke(ObjectHeaderLayout.BootIdOffset - ObjectHeaderLayout.DataOffset, Guid.NewGuid().ToByteArray());
        string path = map.Temporary.PathOf(map.File.Key);
        byte[] before = File.ReadAllBytes(path);
        Assert.Equal(Errno.None, map.File.TryReopen(writable: true, out int stubborn));
        try
        {
            SharedMap.RepairPatience = 50;
            Assert.Equal(0, OfdLock.TryExclusive(stubborn, OfdLock.RepairByte));
            Assert.Equal(Errno.EAGAIN, Open(map, writable: true, out _));
            Assert.Equal(before, File.ReadAllBytes(path));

            // Reading needs no repair, and waits for none.
            Assert.Equal(Errno.None, Open(map, writable: false, out SharedMap? reader));
            Check(reader!);
            reader!.Dispose();
        }
        finally
        {
            SharedMap.RepairPatience = patience;
            _ = Posix.Close(stubborn);
        }

        Assert.Equal(Errno.None, Open(map, writable: true, out SharedMap? after));
        Check(after!);
        after!.Dispose();
    }

    private static Errno Open(TestMap map, bool writable, out SharedMap? shared) => SharedMap.TryOpen(
        map.File.Descriptor, map.Shared.Attributes, map.File.Header.DataOffset, map.File.Header.DataLength, writable, out shared);

    private static void Check(SharedMap map)
    {
        byte[] value = new byte[16];
        Assert.Equal(0, map.Lookup(SelfVerifying.Key(3), value));
        Assert.Equal(1ul, SelfVerifying.Read(value, 3));
    }
}
