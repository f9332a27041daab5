using System.Diagnostics;
using Holdfast.Tests.Engines;

namespace Holdfast.Tests.Samples;

/// <summary>The two sample sessions of SEMANTICS 6: each verb is a process of its own.</summary>
public sealed class PinnedObjectsTests
{
    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void AMapOutlivesItsMaker(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        Assert.Contains("read 123 -> 456", Succeed(engine, "map-pin"));
        Assert.Contains("read 123 -> 456", Succeed(engine, "map-get"));
        Assert.Contains("EEXIST", Fail(engine, "map-pin"));
        string all = Succeed(engine, "map-all");
        Assert.Contains("unlinked", all);
        Assert.Contains("read through the second: 123 -> 456", all);
        Assert.Contains("read through the first: 123 -> 457", all);
        Assert.Contains("read 123 -> 457", Succeed(engine, "map-get"));
        File.Delete(engine.Pin("map"));
        Assert.Contains("ENOENT", Fail(engine, "map-get"));
        Assert.Contains("nothing at", Succeed(engine, "map-all"));
        File.Delete(engine.Pin("map"));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void AProgramOutlivesItsLoader(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        string filtered = name == "kernel" ? "attached to a raw socket on lo; a packet came through it cut to 1 byte(s)" : "it keeps 1 byte(s)";
        Assert.Contains("pinned program", Succeed(engine, "prog-pin"));
        Assert.Contains(filtered, Succeed(engine, "prog-get"));
        string all = Succeed(engine, "prog-all");
        Assert.Equal(2, all.Split('\n').Count(line => line.Contains(filtered, StringComparison.Ordinal)));
        Assert.Contains(filtered, Succeed(engine, "prog-get"));
        File.Delete(engine.Pin("prog"));
        Assert.Contains("ENOENT", Fail(engine, "prog-get"));
    }

    [Fact]
    public void AWrongCommandLineIsUsage()
    {
        Assert.Equal(2, Run("map-eat").Exit);
        Assert.Equal(2, Run("map-pin", "--engine", "steam").Exit);
        Assert.Equal(2, Run("map-pin", "--engine").Exit);
    }

    private static string Succeed(EngineUnderTest engine, string verb)
    {
        (int exit, string output, string error) = RunOn(engine, verb);
        Assert.True(exit == 0, $"{verb}: {error}");
        return output;
    }

    private static string Fail(EngineUnderTest engine, string verb)
    {
        (int exit, _, string error) = RunOn(engine, verb);
        Assert.Equal(1, exit);
        Assert.DoesNotContain('\n', error);
        return error;
    }

    private static (int Exit, string Output, string Error) RunOn(EngineUnderTest engine, string verb) => engine.IsKernel
        ? Run(verb, "--engine", "kernel", "--dir", engine.Pins)
        : Run(verb, "--engine", "user", "--store", engine.Bpf.Store!.Path);

    private static (int Exit, string Output, string Error) Run(params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "PinnedObjects.dll"), .. arguments])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result.Trim());
    }
}
