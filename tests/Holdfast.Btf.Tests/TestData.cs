using System.IO.Compression;
using System.Text.Json;

namespace Holdfast.Btf.Tests;

/// <summary>Where the blobs come from that the tests read.</summary>
internal static class TestData
{
    /// <summary>The running kernel's BTF.</summary>
    public const string KernelPath = "/sys/kernel/btf/vmlinux";

    private static readonly Lazy<string> LazyRoot = new(FindRoot);
    private static readonly Lazy<BtfGraph?> LazyKernel =
        new(() => File.Exists(KernelPath) ? BtfGraph.Read(File.ReadAllBytes(KernelPath)) : null);

    /// <summary>The running kernel's types; skips the test where the kernel offers none.</summary>
    public static BtfGraph Kernel
    {
        get
        {
            Assert.SkipWhen(LazyKernel.Value is null, $"{KernelPath} does not exist on this machine");
            return LazyKernel.Value!;
        }
    }

    /// <summary>Path of a fixture beside its source.</summary>
    public static string FixturePath(string name) => Path.Combine(LazyRoot.Value, "tests", "Holdfast.Btf.Tests", "Fixtures", name);

    public static byte[] FixtureBytes(string name) => File.ReadAllBytes(FixturePath(name));

    public static BtfGraph Fixture(string name) => BtfGraph.Read(FixtureBytes(name + ".btf"));

    /// <summary>Recorded blobs of real programs; skips the test where the recording is absent.</summary>
    public static IEnumerable<byte[]> RecordedBlobs(int count)
    {
        string shared = Environment.GetEnvironmentVariable("HOLDFAST_SHARED") ?? Path.Combine(LazyRoot.Value, "..", "shared");
        string path = Path.Combine(shared, "oracle", "btf.jsonl.br");
        Assert.SkipUnless(File.Exists(path), $"no recording at {path}");
        return ReadBlobs(path).Take(count);
    }

    private static IEnumerable<byte[]> ReadBlobs(string path)
    {
        using var reader = new StreamReader(new BrotliStream(File.OpenRead(path), CompressionMode.Decompress));
        while (reader.ReadLine() is { } line)
        {
            using var document = JsonDocument.Parse(line);
            if (document.RootElement.TryGetProperty("hex", out JsonElement hex))
            {
                yield return Convert.FromHexString(hex.GetString()!);
            }
        }
    }

    private static string FindRoot()
    {
        string? directory = AppContext.BaseDirectory;
        while (directory is not null && !File.Exists(Path.Combine(directory, "Holdfast.slnx")))
        {
            directory = Path.GetDirectoryName(directory);
        }

        return directory ?? throw new InvalidOperationException("the tests run outside the repository");
    }
}
