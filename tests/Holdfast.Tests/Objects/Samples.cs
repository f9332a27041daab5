using Holdfast.Objects;

namespace Holdfast.Tests.Objects;

/// <summary>Objects that are committed beside their sources.</summary>
internal static class Samples
{
    public static string FlowStats => Path.Combine(Root, "samples/flow_stats.bpf.o");

    /// <summary>An object of the tests of the object reader.</summary>
    public static string Fixture(string name) => Path.Combine(Root, "tests/Holdfast.Objects.Tests/Fixtures", name);

    /// <summary>An object of the tests of loading.</summary>
    public static BpfObjectSpec Own(string name) => BpfObjectSpec.Load(Path.Combine(Root, "tests/Holdfast.Tests/Objects/Fixtures", name + ".bpf.o"));

    /// <summary>The repository.</summary>
    public static string Root { get; } = FindRoot();

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Holdfast.slnx")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests must run inside the repository.");
    }
}
