using CsCheck;
using Holdfast.Execution.Tests.Support;
using Holdfast.Isa.Instructions;
using Holdfast.Isa.Text;
using Holdfast.Verifier;

namespace Holdfast.Execution.Tests.Fuzz;

/// <summary>Random programs give the same on every engine, and on the kernel. HOLDFAST_FUZZ_SECONDS asks for more than 3 seconds.</summary>
public sealed class DifferentialTests(ITestOutputHelper output)
{
    private static readonly Gen<(int Program, int Memory, int Length)> Seeds = Gen.Select(Gen.Int, Gen.Int, Gen.OneOf(Gen.Int[1, 12], Gen.Int[1, 120]));

    private static int Seconds => int.TryParse(Environment.GetEnvironmentVariable("HOLDFAST_FUZZ_SECONDS"), out int seconds) ? seconds : 3;

    [Fact]
    public void EnginesAgree()
    {
        int runs = 0;
        Seeds.Sample(
            seeds =>
            {
                Interlocked.Increment(ref runs);
                Instruction[] code = RandomProgram.Create(seeds.Program, seeds.Length);
                VerifiedProgram program = TestProgram.Create(code, RandomProgram.MemoryBytes);
                string expected = Run("interpreter", program, seeds.Memory);
                Assert.Equal(expected, Run("jit", program, seeds.Memory));
                Assert.Equal(expected, Run("checked interpreter", program, seeds.Memory));
            },
            time: Seconds,
            print: Print);
        output.WriteLine($"{runs} programs");
    }

    [Fact]
    public void TheKernelAgrees()
    {
        using KernelRun kernel = new();
        if (kernel.Unavailable() is { } reason)
        {
            Assert.Skip(reason);
        }

        int runs = 0;
        int refused = 0;
        Seeds.Sample(
            seeds =>
            {
                Instruction[] code = RandomProgram.Create(seeds.Program, seeds.Length, zeroExtend: true);
                byte[] memory = RandomProgram.Memory(seeds.Memory);
                Interlocked.Increment(ref runs);
                if (!kernel.TryRun(code, memory, out uint result, out string refusal))
                {
                    // Only the kernel's own limits excuse a refusal: the generator's programs are safe.
                    Assert.Contains("E2BIG", refusal, StringComparison.Ordinal);
                    Interlocked.Increment(ref refused);
                    return;
                }

                Assert.Equal(0u, result);
                Assert.Equal(Convert.ToHexString(memory), Run("jit", TestProgram.Create(code, RandomProgram.MemoryBytes), seeds.Memory));
            },
            time: Seconds,
            print: Print);
        output.WriteLine($"{runs} programs, {refused} refused by the kernel");
        Assert.True(refused < 1 + (runs / 10), $"the kernel refused {refused} of {runs}");
    }

    private static string Run(string engine, VerifiedProgram program, int seed)
    {
        byte[] memory = RandomProgram.Memory(seed);
        Assert.Equal(0ul, Runner.Run(Runner.Prepare(engine, program), memory));
        return Convert.ToHexString(memory);
    }

    private static string Print((int Program, int Memory, int Length) seeds) =>
        $"seeds {seeds}, memory {Convert.ToHexString(RandomProgram.Memory(seeds.Memory))}\n"
            + Disassembler.Listing(RandomProgram.Create(seeds.Program, seeds.Length));
}
