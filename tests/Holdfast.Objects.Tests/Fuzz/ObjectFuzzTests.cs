using System.Diagnostics;
using System.Globalization;
using Holdfast.Btf;
using Holdfast.Objects.Elf;

namespace Holdfast.Objects.Tests.Fuzz;

/// <summary>
/// Mutated real objects: no exception, no hang, no huge allocation. 50,000 files and as many blobs of types, in 2 s of processor time;
/// more if <c>HOLDFAST_FUZZ_CASES</c> says so. A case is its seed: one that fails is named by it, and becomes a test.
/// </summary>
public sealed class ObjectFuzzTests
{
    private const long LargestAllocation = 256 << 20;

    private static readonly int Cases = int.TryParse(Environment.GetEnvironmentVariable("HOLDFAST_FUZZ_CASES"), CultureInfo.InvariantCulture, out int cases) ? cases : 50_000;

    [Fact]
    public void DamagedObjectsAreDiagnosed()
    {
        var seeds = Seeds();
        int readable = 0;
        Run((seed, mutator) =>
        {
            (byte[] bytes, ElfFile elf) = seeds[seed % seeds.Count];
            byte[] file = mutator.Mutate(bytes, elf);
            bool isRead = BpfObjectSpec.TryParse(file, "fuzz", out BpfObjectSpec? spec, out IReadOnlyList<ObjectDiagnostic> diagnostics);
            Assert.Equal(isRead, diagnostics.Count == 0);
            readable += isRead ? 1 : 0;
            Assert.Equal(isRead, spec is not null);
        });
        // Both ends must have been exercised.
        Assert.InRange(readable, 1, Cases - 1);
    }

    [Fact]
    public void DamagedBtfIsDiagnosed()
    {
        var seeds = Seeds();
        Run((seed, mutator) =>
        {
            (byte[] bytes, ElfFile elf) = seeds[seed % seeds.Count];
            ElfSection section = elf.FindSection(".BTF")!;
            byte[] blob = mutator.Mutate(bytes, elf).Skip((int)section.Offset).Take(section.Data.Length).ToArray();
            bool isRead = BtfGraph.TryRead(blob, null, out BtfGraph? graph, out IReadOnlyList<BtfDiagnostic> diagnostics);
            Assert.Equal(isRead, diagnostics.Count == 0);
            Assert.True(graph is null || graph.Types.Count() == graph.Count - 1);
        });
    }

    private static void Run(Action<int, ObjectMutator> one)
    {
        for (int seed = 0; seed < Cases; seed++)
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
