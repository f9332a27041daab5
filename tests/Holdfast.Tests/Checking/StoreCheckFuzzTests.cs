using Holdfast.Isa.Abi;
using Holdfast.Storage.Checking;
using Holdfast.Storage.Memory;

namespace Holdfast.Tests.Checking;

/// <summary>Bytes changed anywhere in a store: a check ends and throws nothing, and tells what checksums cover; a repair neither throws nor loops.</summary>
public sealed class StoreCheckFuzzTests
{
    private static readonly int Cases = int.TryParse(Environment.GetEnvironmentVariable("HOLDFAST_FUZZ_CASES"), out int cases) ? cases : 150;

    [Fact]
    public void ChangedBytesAreToldOrHarmless()
    {
        StoreCheck.IsHasty = true;
        using FilledStore store = new();
        string pristine = store.Root + "/pristine";
        FilledStore.Shell($"cp -a {store.Path} {pristine}");
        string[] files =
        [
            .. Directory.EnumerateFiles($"{store.Path}/objects", "*", SearchOption.AllDirectories), $"{store.Path}/state", $"{store.Path}/store", $"{store.Path}/mounts/default",
        ];
        int seed = Environment.TickCount;
        Random random = new(seed);
        int told = 0;
        for (int number = 0; number < Cases; number++)
        {
            string file = files[random.Next(files.Length)];
            byte[] bytes = FilledStore.Read(file);
            bool isObject = file.Contains("/objects/", StringComparison.Ordinal);
            bool covered = false;
            string what = $"seed {seed}, case {number}, {file}:";
            foreach (long offset in Offsets(random, bytes.Length))
            {
                byte value = (byte)(bytes[offset] ^ random.Next(1, 256));
                FilledStore.Poke(file, offset, value);
                covered |= isObject ? offset < ObjectHeaderLayout.ImmutableLength || (file.Contains("/programs/", StringComparison.Ordinal) && offset is >= 4096 and < 4104) : file.EndsWith("/store", StringComparison.Ordinal);
                what += $" {offset}={value:x2}";
            }

            int findings = Findings(store);
            Assert.True(!covered || findings > 0, what);
            told += findings > 0 ? 1 : 0;
            if (number % 4 == 0 && !file.EndsWith("/store", StringComparison.Ordinal))
                _ = BpfStore.Repair(store.Path);
            FilledStore.Shell($"rm -rf {store.Path} && cp -a {pristine} {store.Path}");
        }

        Assert.True(told > Cases / 4, $"only {told} of {Cases} were told");
        store.Works();
    }

    /// <summary>A higher version in the identity is a refusal in one line.</summary>
    private static int Findings(FilledStore store)
    {
        try
        {
            return BpfStore.Check(store.Path).Findings.Count;
        }
        catch (BpfException refusal) when (refusal.Errno == Errno.EOPNOTSUPP)
        {
            return 1;
        }
    }

    /// <summary>One to three places, each once, many of them in the header.</summary>
    private static HashSet<long> Offsets(Random random, int length) =>
        [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(3) == 0 ? random.Next(Math.Min(length, 1024)) : random.NextInt64(length))];
}
