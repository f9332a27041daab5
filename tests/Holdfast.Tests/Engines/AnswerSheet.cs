using Holdfast.Isa.Abi;

namespace Holdfast.Tests.Engines;

/// <summary>
/// Questions put to one engine, with what it answered. The kernel's answers are kept as text beside the tests (<c>Answers/*.txt</c>), and both
/// engines are held to them, so that the userspace engine is compared with Linux where no kernel may be asked too.
/// <c>HOLDFAST_WRITE_ANSWERS=1</c> writes them anew from the running kernel.
/// </summary>
internal sealed class AnswerSheet(EngineUnderTest engine)
{
    private const int ShownDifferences = 40;

    private readonly List<string> _lines = [];

    public EngineUnderTest Engine { get; } = engine;

    public IBpfEngine Bpf => Engine.Bpf.Engine;

    public static string Folder { get; } = Path.Combine(Repository.Root, "tests", "Holdfast.Tests", "Engines", "Answers");

    private static bool IsWriting => Environment.GetEnvironmentVariable("HOLDFAST_WRITE_ANSWERS") == "1";

    /// <summary>Asks an engine, and compares its answers with those kept.</summary>
    /// <param name="engineName">The engine.</param>
    /// <param name="sheet">The name of the file of answers.</param>
    /// <param name="questions">Asks.</param>
    public static void Check(string engineName, string sheet, Action<AnswerSheet> questions)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(engineName);
        AnswerSheet answers = new(engine);
        questions(answers);
        string path = Path.Combine(Folder, sheet + ".txt");
        if (IsWriting && engine.IsKernel)
            File.WriteAllLines(path, answers._lines);
        answers.Compare(File.ReadAllLines(path));
    }

    public void Add(string question, Errno answer) => Add(question, answer.ToString());

    public void Add(string question, string answer) => _lines.Add($"{question}: {answer}");

    /// <summary>A result: zero, or the negated error. Of a descriptor it tells only that there is one, and closes it.</summary>
    public void Add(string question, int result)
    {
        if (result > 0)
            Assert.Equal(0, Bpf.Close(result));
        Add(question, RawCalls.Answer(result));
    }

    /// <summary>A result of a command that gives no descriptor, and what it put out if it succeeded.</summary>
    public void Add(string question, int result, ReadOnlySpan<byte> output) =>
        Add(question, result < 0 ? RawCalls.Answer(result).ToString() : $"{result} {Convert.ToHexStringLower(output)}");

    private void Compare(string[] expected)
    {
        List<string> differences = [];
        for (int at = 0; at < Math.Max(expected.Length, _lines.Count) && differences.Count < ShownDifferences; at++)
        {
            string here = at < _lines.Count ? _lines[at] : "(nothing)", kept = at < expected.Length ? expected[at] : "(nothing)";
            if (here != kept)
                differences.Add($"{here}\n    the kernel's: {kept}");
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }
}
