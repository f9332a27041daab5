using System.Diagnostics;
using System.Globalization;
using Holdfast.Btf;
using Holdfast.Objects.Elf;

namespace Holdfast.Objects.Tests.Fuzz;

/// <summary>
/// Mutated real objects: no exception, no hang, no huge allocation. A few seconds, or as many cases as
/// <c>HOLDFAST_FUZZ_CASES</c> says.
/// </summary>
public sealed class ObjectFuzzTests
{
    private const long LargestAllocation = 256 << 20;

    private static readonly int? Cases = int.TryParse(Environment.GetEnvironmentVariable("HOLDFAST_FUZZ_CASES"), CultureInfo.InvariantCulture, out int cases) ? cases : null;

    [Fact]
    public void DamagedObjectsAreDiagnosed()
    {
        var seeds = Seeds();
        int readable = 0;
        int done = Run((seed, mutator) =>
        {
            (byte[] bytes, ElfFile elf) = seeds[seed % seeds.Count];
            byte[] file = mutator.Mutate(bytes, elf);
            bool isRead = BpfObjectSpec.TryParse(file, "fuzz", out BpfObjectSpec? spec, out IReadOnlyList<ObjectDiagnostic> diagnostics);
            Assert.Equal(isRead, diagnostics.Count == 0);
            readable += isRead ? 1 : 0;
            Assert.Equal(isRead, spec is not null);
        });
        TestContext.Current.TestOutputHelper?.WriteLine($"{done} cases, {readable} readable");
    }

    [Fact]
    public void DamagedBtfIsDiagnosed()
    {
        var seeds = Seeds();
        int done = Run((seed, mutator) =>
        {
            (byte[] bytes, ElfFile elf) = seeds[seed % seeds.Count];
            ElfSection section = elf.FindSection(".BTF")!;
            byte[] blob = mutator.Mutate(bytes, elf).Skip((int)section.Offset).Take(section.Data.Length).ToArray();
            bool isRead = BtfGraph.TryRead(blob, null, out BtfGraph? graph, out IReadOnlyList<BtfDiagnostic> diagnostics);
            Assert.Equal(isRead, diagnostics.Count == 0);
            Assert.True(graph is null || graph.Types.Count() == graph.Count - 1);
        });
        TestContext.Current.TestOutputHelper?.WriteLine($"{done} cases");
    }

    private static int Run(Action<int, ObjectMutator> one)
    {
        long end = Stopwatch.GetTimestamp() + (3 * Stopwatch.Frequency);
        int seed = 0;
        for (; Cases is { } count ? seed < count : Stopwatch.GetTimestamp() < end; seed++)
        {
            long start = Stopwatch.GetTimestamp();
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                one(seed, new ObjectMutator(seed));
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"seed {seed}: {exception.Message}", exception);
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, LargestAllocation);
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(10), $"seed {seed} took {Stopwatch.GetElapsedTime(start)}");
        }

        return seed;
    }

    private static List<(byte[] Bytes, ElfFile Elf)> Seeds()
    {
        List<(byte[], ElfFile)> seeds = [];
        foreach (string path in Repository.Objects())
        {
            byte[] bytes = File.ReadAllBytes(path);
            Assert.True(ElfFile.TryRead(bytes, out ElfFile? elf, out _));
            if (elf.FindSection(".BTF") is not null)
            {
                seeds.Add((bytes, elf));
            }
        }

        Assert.InRange(seeds.Count, 5, 100);
        return seeds;
    }
}
