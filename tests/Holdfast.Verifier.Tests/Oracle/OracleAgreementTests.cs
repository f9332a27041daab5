using System.Collections.Concurrent;
using Holdfast.Verifier.Tests.Prototypes;

namespace Holdfast.Verifier.Tests.Oracle;

/// <summary>
/// The verifier against recordings of the kernel's verdicts. Where they are there, nothing may be accepted that the kernel refuses (but for a listed
/// set that shrinks), and agreement may not fall. HOLDFAST_ORACLE_FULL=1 takes the programs of all types and the other corpora too.
/// </summary>
public sealed class OracleAgreementTests(ITestOutputHelper output)
{
    private static bool Full => Environment.GetEnvironmentVariable("HOLDFAST_ORACLE_FULL") == "1";

    public static TheoryData<string, int, int> Corpora => new()
    {
        { "selftests-verifier", 857, 0 },
        { "tools", 257, 0 },
        { "selftests-progs", 2823, 0 },
    };

    [Theory]
    [MemberData(nameof(Corpora))]
    public void AgreesWithTheKernel(string corpus, int atLeast, int laxAtMost)
    {
        string folder = Path.GetDirectoryName(SharedFiles.FindOrSkip("oracle/vmlinux.btf.xz"))!;
        if (corpus == "selftests-progs" && !Full)
        {
            Assert.Skip("minutes long: HOLDFAST_ORACLE_FULL=1 runs it");
        }

        ConcurrentBag<string> lax = [];
        ConcurrentDictionary<string, int> strict = [];
        int agreed = 0;
        foreach (OracleRecord record in new OracleCorpus(folder).Read(corpus))
        {
            VerificationReport report = ProgramVerifier.Verify(record.Request).Report;
            if (report.Accepted == record.Accepted)
            {
                agreed++;
            }
            else if (report.Accepted)
            {
                lax.Add($"{record.Id}: {record.Reason}");
            }
            else
            {
                strict.AddOrUpdate(report.Reason, 1, static (_, count) => count + 1);
            }
        }

        output.WriteLine($"{corpus}: agreed {agreed}, too strict {strict.Values.Sum()}, too lax {lax.Count}");
        foreach (string line in lax)
        {
            output.WriteLine($"too lax: {line}");
        }

        foreach ((string reason, int count) in strict.OrderByDescending(static entry => entry.Value).Take(40))
        {
            output.WriteLine($"too strict {count,4}: {reason}");
        }

        Assert.True(lax.Count <= laxAtMost, string.Join('\n', lax));
        Assert.True(agreed >= atLeast, $"agreement fell to {agreed}");
    }
}
