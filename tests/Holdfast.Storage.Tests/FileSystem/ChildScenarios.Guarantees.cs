using Holdfast.Storage.Tests.Maps.Guarantees;

namespace Holdfast.Storage.Tests.FileSystem;

/// <content>Processes of the tests of maps' guarantees.</content>
public static partial class ChildScenarios
{
    /// <summary>subject, gate: runs operations when told, while it is watched.</summary>
    public static void RunSteps(string[] arguments)
    {
        SteppedProcess.Serve(MapSubjects.Of(arguments[0]), arguments[1]);
    }
}
