using Holdfast.Isa.Abi;

namespace Holdfast.Tests.Engines;

/// <summary>Shapes that no map can have: both engines answer the same number, and nothing is left of the attempt.</summary>
public sealed class BadShapeTests
{
    private const uint Max = uint.MaxValue;

    public static TheoryData<string, MapType, uint, uint, uint, Errno> Shapes
    {
        get
        {
            TheoryData<string, MapType, uint, uint, uint, Errno> rows = [];
            foreach (string engine in EngineUnderTest.Names.Select(row => row.Data))
            {
                rows.Add(engine, MapType.Unspec, 4, 4, 1, Errno.EINVAL);
                rows.Add(engine, (MapType)199, 4, 4, 1, Errno.EINVAL);
                rows.Add(engine, MapType.Array, 8, 4, 1, Errno.EINVAL);
                rows.Add(engine, MapType.Array, 4, 0, 1, Errno.EINVAL);
                rows.Add(engine, MapType.Array, 4, 4, 0, Errno.EINVAL);
                rows.Add(engine, MapType.Array, 4, Max, 1, Errno.E2BIG);
                rows.Add(engine, MapType.Array, 4, int.MaxValue, Max, Errno.ENOMEM);
                rows.Add(engine, MapType.Hash, 0, 4, 1, Errno.EINVAL);
                rows.Add(engine, MapType.Hash, 4, 0, 1, Errno.EINVAL);
                rows.Add(engine, MapType.Hash, 4, 4, 0, Errno.EINVAL);
                rows.Add(engine, MapType.Hash, 4, 4, Max, Errno.E2BIG);
                rows.Add(engine, MapType.Hash, Max, 4, 1, Errno.E2BIG);
                rows.Add(engine, MapType.Hash, 4, Max, 1, Errno.E2BIG);
                rows.Add(engine, MapType.Hash, Max, Max, Max, Errno.E2BIG);
                rows.Add(engine, MapType.ProgArray, 4, 8, 1, Errno.EINVAL);
                rows.Add(engine, MapType.ProgArray, 4, 4, 0, Errno.EINVAL);
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void AShapeIsRefused(string name, MapType type, uint key, uint value, uint entries, Errno expected)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        MapCreateAttribute attribute = new() { MapType = type, KeySize = key, ValueSize = value, MaxEntries = entries };
        BpfException refused = Assert.Throws<BpfException>(() => engine.Bpf.CreateMap(attribute));
        Assert.Equal(expected, refused.Errno);
        Assert.DoesNotContain('\n', refused.Message);
        if (!engine.IsKernel)
            Assert.Empty(engine.Bpf.MapIds());
    }
}
