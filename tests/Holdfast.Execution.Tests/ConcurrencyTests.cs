using Holdfast.Execution.Tests.Fuzz;
using Holdfast.Execution.Tests.Support;
using Holdfast.Verifier;

namespace Holdfast.Execution.Tests;

/// <summary>One program, many threads, each with a context of its own.</summary>
public sealed class ConcurrencyTests
{
    [Theory]
    [MemberData(nameof(Engines.Unchecked), MemberType = typeof(Engines))]
    public void ThreadsShareAProgram(string engine)
    {
        VerifiedProgram verified = TestProgram.Create(RandomProgram.Create(7, 400), RandomProgram.MemoryBytes);
        ExecutableProgram program = Runner.Prepare(engine, verified);
        string[] expected = [.. Enumerable.Range(0, 50).Select(seed => Result(program, seed))];
        Parallel.For(0, 5_000, new ParallelOptions { MaxDegreeOfParallelism = 16 }, i => Assert.Equal(expected[i % 50], Result(program, i % 50)));
    }

    [Theory]
    [MemberData(nameof(Engines.Unchecked), MemberType = typeof(Engines))]
    public unsafe void AtomicAddsLoseNothing(string engine)
    {
        ExecutableProgram program = Runner.Prepare(engine, TestProgram.Create(Runner.Assemble("""
            r2 = 1
            r3 = 1000
            loop:
            lock *(u64 *)(r1 + 0) += r2
            w4 = 2
            w4 = atomic_fetch_add((u32 *)(r1 + 8), w4)
            r3 += -1
            if r3 != 0 goto loop
            r0 = 0
            exit
            """), 16));
        ulong* memory = stackalloc ulong[2];
        memory[0] = 0;
        memory[1] = 0;
        nint address = (nint)memory;
        Thread[] threads = [.. Enumerable.Range(0, 8).Select(_ => new Thread(() =>
        {
            RunContext context = new();
            for (int i = 0; i < 20; i++)
            {
                program.Run(context, address);
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.Equal(160_000ul, memory[0]);
        Assert.Equal(320_000ul, memory[1]);
    }

    private static string Result(ExecutableProgram program, int seed)
    {
        byte[] memory = RandomProgram.Memory(seed);
        Runner.Run(program, memory);
        return Convert.ToHexString(memory);
    }
}
