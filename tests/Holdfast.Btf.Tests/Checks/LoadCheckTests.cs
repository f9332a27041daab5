using System.Diagnostics;
using Holdfast.Btf.Writing;

namespace Holdfast.Btf.Tests.Checks;

public class LoadCheckTests
{
    [Theory]
    [InlineData("types")]
    [InlineData("target")]
    public void TakesWhatTheCompilerWrites(string name)
    {
        Assert.Null(BtfLoadCheck.Find(TestData.Fixture(name)));
    }

    [Fact]
    public void TakesTheKernelsOwnTypes()
    {
        Assert.Null(BtfLoadCheck.Find(TestData.Kernel));
    }

    [Fact]
    public void AgreesWithTheKernelOnRecordedBlobs()
    {
        KernelLoader.Require();
        var disagreements = new List<string>();
        foreach (byte[] blob in TestData.RecordedBlobs(300))
        {
            Compare(blob, disagreements);
        }

        Assert.True(disagreements.Count == 0, string.Join('\n', disagreements));
    }

    /// <summary>Mutated blobs, each judged by both: as many as fit in some seconds, more with <c>HOLDFAST_FUZZ_SECONDS</c>.</summary>
    [Fact]
    public void AgreesWithTheKernelOnDamagedBlobs()
    {
        KernelLoader.Require();
        var disagreements = new List<string>();
        byte[][] seeds = [TestData.FixtureBytes("types.btf"), TestData.FixtureBytes("target.btf"), SeedBlobs.EveryKind()];
        int seed = int.Parse(Environment.GetEnvironmentVariable("HOLDFAST_FUZZ_SEED") ?? "1");
        var mutator = new Mutator(seed);
        var clock = Stopwatch.StartNew();
        int accepted = 0;
        int cases = 0;
        for (; clock.Elapsed < FuzzTime.Limit && disagreements.Count < 20; cases++)
        {
            accepted += Compare(mutator.Mutate(seeds[cases % seeds.Length]), disagreements) ? 1 : 0;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{cases} cases, {accepted} accepted, seed {seed}");
        Assert.True(disagreements.Count == 0, string.Join('\n', disagreements));
        Assert.True(accepted > 0 && accepted < cases);
    }

    /// <summary>
    /// Where we are stricter: the kernel misses an array that holds itself if it met the typedef between them behind a
    /// pointer first. Such a type has no size.
    /// </summary>
    [Fact]
    public void RefusesAnArrayOfItselfThatTheKernelMisses()
    {
        var builder = new BtfBuilder();
        uint integer = builder.Int("int", 4, BtfIntEncoding.Signed);
        builder.Pointer(3);
        builder.Typedef("self", 4);
        builder.Array(3, integer, 4);

        Assert.Equal(BtfDiagnosticId.Loop, BtfLoadCheck.TryLoad(builder.ToArray(), null, out _)?.Id);
        KernelLoader.Require();
        Assert.Equal(0, KernelLoader.Load(builder.ToArray(), out _));
    }

    private static bool Compare(byte[] blob, List<string> disagreements)
    {
        int kernel = KernelLoader.Load(blob, out string log);
        BtfDiagnostic? ours = BtfLoadCheck.TryLoad(blob, null, out _);
        int errno = (int)(ours?.Errno ?? 0);

        // Blobs with several wrongs that can't even be read may be refused for another of them, with another errno.
        bool readable = BtfGraph.TryRead(blob, null, out _, out _);
        bool arrayOfItself = kernel == 0 && ours?.Id == BtfDiagnosticId.Loop;
        if (arrayOfItself)
        {
            return true;
        }

        if (readable ? errno != kernel : kernel == 0)
        {
            string last = string.Join(" / ", log.TrimEnd().Split('\n').TakeLast(2));
            disagreements.Add($"kernel {kernel} ({last}), ours {errno} ({ours}): {Save(blob)}");
        }

        return kernel == 0;
    }

    /// <summary>Keeps a disputed blob for reading, where asked to.</summary>
    private static string Save(byte[] blob)
    {
        if (Environment.GetEnvironmentVariable("HOLDFAST_FUZZ_KEEP") is not { Length: > 0 } directory)
        {
            return "set HOLDFAST_FUZZ_KEEP to a directory to keep it";
        }

        string path = Path.Combine(directory, Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(blob))[..12] + ".btf");
        File.WriteAllBytes(path, blob);
        return path;
    }
}
