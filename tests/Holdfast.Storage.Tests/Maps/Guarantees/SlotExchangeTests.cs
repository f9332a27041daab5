using Holdfast.Isa.Abi;

namespace Holdfast.Storage.Tests.Maps.Guarantees;

/// <summary>Slots of prog arrays change hands one at a time.</summary>
public class SlotExchangeTests
{
    [Fact]
    public void Slots_of_prog_arrays_are_exchanged_without_loss()
    {
        using TestMap map = TestMap.Create(MapType.ProgArray, 4, 4, 1);
        int drawn = 0;
        uint[] seen = new uint[40_001];
        Parallel.For(0, 4, _ =>
        {
            using TestMap view = map.Again();
            for (int index = 0; index < 10_000; index++)
            {
                Assert.Equal(Errno.None, view.Slots.Exchange(0, (uint)Interlocked.Increment(ref drawn), out uint previous));
                Interlocked.Increment(ref seen[previous]);
            }
        });
        Interlocked.Increment(ref seen[map.Slots.IdAt(0)]);
        Assert.All(seen, count => Assert.Equal(1u, count));
    }
}
