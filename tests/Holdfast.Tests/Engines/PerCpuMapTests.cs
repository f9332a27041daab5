using Holdfast.Isa.Abi;

namespace Holdfast.Tests.Engines;

/// <summary>Maps with a value for each CPU, as arrays.</summary>
public sealed class PerCpuMapTests
{
    /// <summary>The types that both engines keep.</summary>
    internal static MapType[] Types => [MapType.PerCpuArray, MapType.PerCpuHash, MapType.LruPerCpuHash];

    public static TheoryData<string, MapType> Kinds => new MatrixTheoryData<string, MapType>(["user", "kernel"], Types);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void EachCpuHasItsValue(string name, MapType type)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        using BpfMap map = engine.CreateMapOrSkip(type, 4, 12, 8);
        BpfPerCpuMap<uint, Triple> typed = map.AsPerCpu<uint, Triple>();
        Triple[] values = [.. Enumerable.Range(0, typed.Cpus).Select(cpu => new Triple((uint)cpu, 7, (uint)cpu * 100))];
        typed.Update(5, values);
        Triple[] found = new Triple[typed.Cpus];
        Assert.True(typed.TryLookup(5, found));
        Assert.Equal(values, found);
        Assert.Equal(values, typed.Entries().Single(entry => entry.Key == 5).Value);
        Assert.Equal(type == MapType.PerCpuArray ? 8 : 1, typed.Entries().Count());
        Assert.Throws<ArgumentException>(() => typed.Update(5, []));
        Assert.Throws<ArgumentException>(() => map.As<uint, Triple>());
    }

    [Theory]
    [MemberData(nameof(EngineUnderTest.Names), MemberType = typeof(EngineUnderTest))]
    public void OneValueAKeyIsNotPerCpu(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        using BpfMap map = engine.Bpf.CreateMap(MapType.Array, 4, 4, 8);
        Assert.Contains("As<TKey, TValue>", Assert.Throws<ArgumentException>(() => map.AsPerCpu<uint, uint>()).Message, StringComparison.Ordinal);
    }

    /// <summary>12 bytes: no multiple of 8.</summary>
    private readonly record struct Triple(uint A, uint B, uint C);
}
