using Holdfast.Verifier.Tests.Prototypes;

namespace Holdfast.Verifier.Tests.Cases;

/// <summary>Programs as text, each with one point: what our verifier says, and whether the running kernel says the same.</summary>
public sealed class CaseTests
{
    private const int Count = 185;

    private static readonly Dictionary<string, Case> Known = Directory.EnumerateFiles(Folder(), "*.txt").SelectMany(CaseFile.Read).ToDictionary(static one => one.Name);

    public static TheoryData<string> All => [.. Known.Keys.Order(StringComparer.Ordinal)];

    [Fact]
    public void EveryCaseIsRun() => Assert.Equal(Count, All.Count);

    [Theory]
    [MemberData(nameof(All))]
    public void VerdictIsAsWritten(string name)
    {
        Case one = Known[name];
        SkipWithoutTypes(one);
        Assert.Equal(one.Verdict, CaseRun.Ours(one));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void KernelSaysTheSame(string name)
    {
        Case one = Known[name];
        KernelOracle.SkipUnlessAvailable();
        SkipWithoutTypes(one);
        string wanted = one.KernelVerdict ?? one.Verdict;
        Assert.True(one.KernelVerdict != one.Verdict, "the difference is none");
        (string verdict, string log) = CaseRun.Kernels(one);
        string[] parts = wanted.Split(' ', 2);
        Assert.True(parts[0] == verdict && (parts.Length == 1 || log.Split('\n').Contains(parts[1])), $"wanted {wanted}\nkernel {verdict}\n{log}");
    }

    private static void SkipWithoutTypes(Case one)
    {
        if (CaseRun.NeedsKernelTypes(one) && KernelTypes.Graph is null)
        {
            Assert.Skip("the case names functions or types of the kernel, and there is no /sys/kernel/btf/vmlinux");
        }
    }

    private static string Folder()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Holdfast.slnx")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return Path.Combine(folder ?? "", "tests/Holdfast.Verifier.Tests/Cases");
    }
}
