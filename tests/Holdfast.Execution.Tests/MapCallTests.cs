using Holdfast.Execution.Tests.Support;
using Holdfast.Isa.Instructions;

namespace Holdfast.Execution.Tests;

/// <summary>Map helpers: through the handle, straight to the known map's method, and inlined for arrays.</summary>
public sealed class MapCallTests
{
    private const string Read = """
        r2 = *(u32 *)(r1 + 0)
        *(u32 *)(r10 - 4) = r2
        r2 = r10
        r2 += -4
        r1 = map[fd:0] ll
        call 1
        if r0 == 0 goto absent
        r0 = *(u64 *)(r0 + 0)
        exit
        absent:
        r0 = -1
        exit
        """;

    /// <summary>Engine, whether the verifier knew the one map, whether the map gives a view.</summary>
    public static TheoryData<string, bool, bool> Ways =>
        [.. from engine in Engines.All from known in new[] { false, true } from viewed in new[] { false, true } select new TheoryDataRow<string, bool, bool>(engine.Data, known, viewed)];

    [Theory]
    [MemberData(nameof(Ways))]
    public void LookupsFindElementsWithinTheArray(string engine, bool known, bool viewed)
    {
        PlainArray array = new(viewed);
        ExecutableProgram program = Prepare(engine, Read, array, known);
        for (int i = 0; i < PlainArray.Entries; i++)
        {
            array[i] = (ulong)i * 1_000_003;
        }

        for (int round = 0; round < 2; round++)
        {
            for (uint i = 0; i < PlainArray.Entries; i++)
            {
                Assert.Equal(i * 1_000_003ul, Runner.Run(program, Key(i)));
            }
        }

        foreach (uint outside in new[] { 100u, 101u, 0x8000_0000u, uint.MaxValue })
        {
            Assert.Equal(ulong.MaxValue, Runner.Run(program, Key(outside)));
        }
    }

    /// <summary>Generated code goes to the map once for each chunk, to have it made ready, and then looks itself.</summary>
    [Fact]
    public void TheJitInlinesLookupsInReadyChunks()
    {
        PlainArray array = new(viewed: true);
        ExecutableProgram program = Prepare("jit", Read, array, known: true);
        for (uint i = 0; i < PlainArray.Entries; i++)
        {
            Runner.Run(program, Key(i));
        }

        Assert.Equal(13, array.Lookups); // 800 bytes in chunks of 64
        Runner.Run(program, Key(0));
        Runner.Run(program, Key(1000));
        Assert.Equal(13, array.Lookups);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void UpdateAndDeleteReachTheMap(string engine, bool known, bool viewed)
    {
        PlainArray array = new(viewed);
        ExecutableProgram program = Prepare(
            engine,
            """
            *(u32 *)(r10 - 4) = 7
            *(u64 *)(r10 - 16) = 40
            r2 = r10
            r2 += -4
            r3 = r10
            r3 += -16
            r4 = 2
            r1 = map[fd:0] ll
            call 2
            r6 = r0
            r2 = r10
            r2 += -4
            r1 = map[fd:0] ll
            call 3
            r0 += r6
            exit
            """,
            array,
            known);
        Assert.Equal(unchecked((ulong)-22), Runner.Run(program, new byte[8]));
        Assert.Equal(42ul, array[7]);
    }

    private static byte[] Key(uint key) => [.. BitConverter.GetBytes(key), 0, 0, 0, 0];

    private static ExecutableProgram Prepare(string engine, string assembly, PlainArray array, bool known)
    {
        Instruction[] code = Runner.Assemble(assembly);
        return Runner.Prepare(
            engine, TestProgram.Create(code, 8, [array.Description], (slot, fact) => known && code[slot].IsHelperCall ? fact with { MapIndex = 0 } : fact), array);
    }
}
