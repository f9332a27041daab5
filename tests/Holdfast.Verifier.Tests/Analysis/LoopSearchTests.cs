using Holdfast.Isa.Instructions;
using Holdfast.Isa.Text;
using Holdfast.Verifier.Analysis;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Verifier.Tests.Analysis;

/// <summary>Which slots count as loop code: a state kept there may lack marks while the loop is open, so missing one would be unsound.</summary>
public sealed class LoopSearchTests
{
    private const string BoundedLoop = """
        r6 = 0
        r6 += 1
        if r6 < 5 goto -2
        r0 = 0
        exit
        """;

    private const string BoundedLoopThenMayGoto = """
        r6 = 0
        r6 += 1
        if r6 < 5 goto -2
        may_goto +1
        goto -2
        r0 = 0
        exit
        """;

    private const string LoopCallsFunction = """
        may_goto +2
        call pc+3
        goto -3
        r0 = 0
        exit
        r0 = 1
        exit
        """;

    private const string BoundedLoopCallsMayGoto = """
        r6 = 0
        call pc+4
        r6 += 1
        if r6 < 5 goto -3
        r0 = 0
        exit
        may_goto +1
        goto -2
        r0 = 0
        exit
        """;

    private const string CalledBeforeALoop = """
        call pc+4
        may_goto +1
        goto -2
        r0 = 0
        exit
        r0 = 1
        exit
        """;

    [Theory]
    [InlineData(BoundedLoop, "")]
    [InlineData(BoundedLoopThenMayGoto, "3 4")]
    [InlineData(LoopCallsFunction, "0 1 2 5 6")]
    [InlineData(BoundedLoopCallsMayGoto, "1 2 3 6 7 8 9")]
    [InlineData(CalledBeforeALoop, "1 2")]
    public void MarksLoopsWithCheckpointsAndWhatTheyCall(string code, string expected)
    {
        Assert.True(Assembler.TryAssemble(code, out Instruction[] program, out IReadOnlyList<AssemblyDiagnostic> diagnostics), string.Join('\n', diagnostics));
        VerificationRequest request = new()
        {
            Type = ProgramTypes.All.Single(definition => definition.Name == "socket_filter"),
            Instructions = [.. program],
            License = "GPL",
        };
        ProgramStructure structure = new(request);
        structure.CheckGraph();
        bool[] loopish = LoopSearch.Find(request.Instructions, structure);
        Assert.Equal(expected, string.Join(' ', Enumerable.Range(0, loopish.Length).Where(slot => loopish[slot])));
    }
}
