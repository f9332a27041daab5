using Holdfast.Isa.Instructions;
using Holdfast.Isa.Text;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Verifier.Tests;

/// <summary>Programs as text, each with one point: type, verdict, message.</summary>
public sealed class CaseTests
{
    private const int Count = 18;

    private static string Folder
    {
        get
        {
            string? folder = AppContext.BaseDirectory;
            while (folder is not null && !File.Exists(Path.Combine(folder, "Holdfast.slnx")))
            {
                folder = Path.GetDirectoryName(folder);
            }

            return Path.Combine(folder ?? "", "tests/Holdfast.Verifier.Tests/Cases");
        }
    }

    public static TheoryData<string> All => [.. Directory.EnumerateFiles(Folder, "*.txt").Select(static path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    [Fact]
    public void EveryFileIsRun() => Assert.Equal(Count, Directory.GetFiles(Folder).Length);

    [Theory]
    [MemberData(nameof(All))]
    public void VerdictIsAsWritten(string name)
    {
        string text = File.ReadAllText(Path.Combine(Folder, name + ".txt"));
        string type = Header(text, "# type: ");
        string verdict = Header(text, "# verdict: ");
        string code = string.Join('\n', text.Split('\n').Where(static line => !line.StartsWith('#')));
        Assert.True(Assembler.TryAssemble(code, out Instruction[] program, out IReadOnlyList<AssemblyDiagnostic> diagnostics), string.Join('\n', diagnostics));
        VerificationReport report = ProgramVerifier.Verify(new()
        {
            Type = ProgramTypes.All.Single(definition => definition.Name == type),
            Instructions = [.. program],
            License = "GPL",
            Log = new() { Level = 2 },
        }).Report;
        Assert.Equal(verdict, report.Accepted ? "accept" : $"{report.Error} {report.Reason}");
        Assert.Contains("processed ", report.Log, StringComparison.Ordinal);
    }

    private static string Header(string text, string key) =>
        text.Split('\n').Single(line => line.StartsWith(key, StringComparison.Ordinal))[key.Length..].Trim();
}
