using System.Net.NetworkInformation;
using Holdfast.Isa.Abi;
using static Holdfast.Tests.Engines.RawCalls;

namespace Holdfast.Tests.Engines;

/// <summary>Rows of <c>docs/parity.md</c>: where the engines differ on purpose, both sides are held.</summary>
public sealed class ParityTests
{
    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void AllPinsOfAnObjectShareTheirMode(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        using BpfMap map = engine.Bpf.CreateMap(MapType.Array, 4, 4, 1);
        map.Pin(engine.Pin("one"));
        map.Pin(engine.Pin("two"));
        Tools.Run("chmod", "640", engine.Pin("one"));
        Assert.Equal(engine.IsKernel ? "600" : "640", Tools.Run("stat", "-c", "%a", engine.Pin("two")));
        Tools.Run("rm", engine.Pin("one"), engine.Pin("two"));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void AForeignFileBelowAMountIsNoPin(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        string path = engine.Pin("foreign");
        if (engine.IsKernel)
        {
            Assert.ThrowsAny<Exception>(() => File.WriteAllText(path, "hello"));
            return;
        }

        File.WriteAllText(path, "hello");
        Assert.Equal(Errno.EACCES, Answer(engine.Bpf.Engine.Get(path)));
        File.Delete(path);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void TestRunsArriveAtTheLoopback(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        IBpfEngine bpf = engine.Bpf.Engine;
        int other = NetworkInterface.GetAllNetworkInterfaces().Where(face => face.Supports(NetworkInterfaceComponent.IPv4))
            .Select(face => face.GetIPProperties().GetIPv4Properties().Index).FirstOrDefault(index => index > 1);
        Assert.SkipWhen(other == 0, "there is no interface but the loopback");
        int program = Programs.Accept(bpf, "r0 = *(u32 *)(r1 + 40)\nexit", ProgramType.SchedCls);
        byte[] context = new byte[192];
        BitConverter.TryWriteBytes(context.AsSpan(40), other);
        int result = bpf.TestRun(program, new TestRunRequest { DataIn = new byte[64], ContextIn = context }, out TestRunResult run);
        Assert.Equal(engine.IsKernel ? (Errno.None, (uint)other) : (Errno.ENODEV, 0u), (Answer(result), run.ReturnValue));
        bpf.Close(program);
    }

    /// <summary>Each row's test is there.</summary>
    [Fact]
    public void EveryRowOfTheTableNamesATest()
    {
        string[] sources = [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*.cs", SearchOption.AllDirectories)];
        IEnumerable<string> rows = File.ReadLines(Path.Combine(Repository.Root, "docs/parity.md")).Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1);
        Assert.True(rows.Count() > 5);
        foreach (string row in rows)
        {
            string[] test = row.TrimEnd('|', ' ').Split('`')[^2].Split('.');
            IEnumerable<string> named = sources.Where(path => Path.GetFileName(path) == test[0] + ".cs");
            Assert.True(named.Any(path => File.ReadAllText(path).Contains($" {test[1]}(", StringComparison.Ordinal)), row);
        }
    }

    /// <summary>Answers that nobody asks for would be believed to hold.</summary>
    [Fact]
    public void EverySheetOfAnswersIsAskedFor()
    {
        string[] sheets = [.. Directory.EnumerateFiles(AnswerSheet.Folder, "*.txt").Select(path => Path.GetFileNameWithoutExtension(path)!)];
        string[] sources = [.. Directory.EnumerateFiles(Path.GetDirectoryName(AnswerSheet.Folder)!, "*.cs").Select(File.ReadAllText)];
        Assert.True(sheets.Length > 10);
        Assert.All(sheets, sheet => Assert.Contains(sources, source => source.Contains($"(name, \"{sheet}\", ", StringComparison.Ordinal)));
    }
}
