using System.Diagnostics;
using Holdfast.Storage.Tests.Maps;
using Holdfast.Storage.Tests.Maps.Guarantees;

namespace Holdfast.Storage.Tests.FileSystem;

/// <summary>The processes that tests start.</summary>
public class ChildTests
{
    [Fact]
    public void Who_works_until_he_is_killed_ends_with_the_test_run_that_started_him()
    {
        MapSubject subject = MapSubjects.Of("queue");
        using TestMap map = subject.Create();
        Process run = Child.Start(nameof(ChildScenarios.StartOneWhoPuts), map.Temporary.StorePath, map.Pin("m"), subject.Name, map.Temporary.Root + "/ledger", "0");
        using Process writer = Process.GetProcessById(int.Parse(run.StandardOutput.ReadLine()!));
        run.Kill();
        run.WaitForExit();
        run.Dispose();
        Assert.True(writer.WaitForExit(60_000), "he lives on");
    }
}
