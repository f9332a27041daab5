using Holdfast.Execution.Tests.Support;
using Holdfast.Isa.Text;

namespace Holdfast.Execution.Tests;

/// <summary>Cases as text: a program, its memory, r0 at exit. Ours beside this file, the public suite's where it is present.</summary>
public sealed class ConformanceTests
{
    /// <summary>Calls through a register are no instruction of Linux: the verifier refuses them.</summary>
    private static readonly string[] NotOfLinux = ["callx"];

    public static TheoryData<string, string> Own => Matrix(Repository.Cases);

    public static TheoryData<string, string> Shared => Repository.Conformance is { } folder ? Matrix(folder) : new() { { "", "" } };

    [Theory]
    [MemberData(nameof(Own))]
    public void OwnCaseGivesItsResult(string name, string engine) => Check(Repository.Cases, name, engine);

    [Theory]
    [MemberData(nameof(Shared))]
    public void SharedCaseGivesItsResult(string name, string engine)
    {
        if (Repository.Conformance is not { } folder)
        {
            Assert.Skip("the folder of shared vectors isn't there (set HOLDFAST_SHARED)");
            return;
        }

        Check(folder, name, engine);
    }

    [Fact]
    public void EveryOwnFileIsACase() =>
        Assert.Equal(Directory.GetFiles(Repository.Cases).Length, Own.Select(row => row.Data.Item1).Distinct().Count());

    private static void Check(string folder, string name, string engine)
    {
        string text = File.ReadAllText(Path.Combine(folder, name + ".data"));
        bool parsed = ConformanceCase.TryParse(name, text, out ConformanceCase? testCase, out IReadOnlyList<AssemblyDiagnostic> diagnostics);
        Assert.True(parsed, string.Join('\n', diagnostics));
        Assert.Equal($"{testCase!.Result:x}", $"{Runner.Run(engine, testCase.Program, testCase.Memory):x}");
    }

    private static TheoryData<string, string> Matrix(string folder)
    {
        TheoryData<string, string> data = [];
        foreach (string file in Directory.GetFiles(folder, "*.data").Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileNameWithoutExtension(file);
            foreach (TheoryDataRow<string> engine in Engines.All)
            {
                if (!NotOfLinux.Contains(name))
                {
                    data.Add(name, engine.Data);
                }
            }
        }

        return data;
    }
}
