using System.Xml.Linq;

namespace Holdfast.Architecture.Tests;

/// <summary>DESIGN section 5: each assembly may use only what stands left of it.</summary>
public sealed class ProjectReferenceTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Holdfast.Isa"] = [],
        ["Holdfast.Btf"] = ["Holdfast.Isa"],
        ["Holdfast.Objects"] = ["Holdfast.Isa", "Holdfast.Btf"],
        ["Holdfast.Verifier"] = ["Holdfast.Isa", "Holdfast.Btf"],
        ["Holdfast.Execution"] = ["Holdfast.Isa", "Holdfast.Btf", "Holdfast.Verifier"],
        ["Holdfast.Storage"] = ["Holdfast.Isa"],
        ["Holdfast.Userspace"] = ["Holdfast.Isa", "Holdfast.Btf", "Holdfast.Verifier", "Holdfast.Execution", "Holdfast.Storage"],
        ["Holdfast.Kernel"] = ["Holdfast.Isa"],
        ["Holdfast"] = ["Holdfast.Isa", "Holdfast.Btf", "Holdfast.Objects", "Holdfast.Verifier", "Holdfast.Execution", "Holdfast.Storage", "Holdfast.Userspace", "Holdfast.Kernel"],
        ["Holdfast.Cli"] = ["Holdfast"],
    };

    [Fact]
    public void EverySourceProjectIsListed()
    {
        IEnumerable<string> projects = Directory.EnumerateDirectories(Path.Combine(Repository.Root, "src")).Select(Path.GetFileName).Order()!;
        Assert.Equal(Allowed.Keys.Order(), projects);
    }

    [Fact]
    public void ProjectsReferToWhatStandsLeftOfThem()
    {
        foreach ((string project, string[] allowed) in Allowed)
        {
            XDocument file = XDocument.Load(Path.Combine(Repository.Root, "src", project, project + ".csproj"));
            foreach (XElement reference in file.Descendants("ProjectReference"))
            {
                string target = Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value);
                Assert.True(allowed.Contains(target), $"{project} may not refer to {target}.");
            }
        }
    }

    /// <summary>References are transitive in MSBuild, so the compiler would let these pass: the using directives tell.</summary>
    [Fact]
    public void SourcesUseWhatStandsLeftOfThem()
    {
        foreach ((string project, string[] allowed) in Allowed.Where(entry => entry.Key != "Holdfast.Cli"))
        {
            HashSet<string> usable = [.. allowed, project];
            foreach (string path in Repository.Sources(Path.Combine("src", project)))
            {
                foreach (string used in UsedProjects(path))
                    Assert.True(usable.Contains(used), $"{Repository.Relative(path)} uses {used}.");
            }
        }
    }

    private static IEnumerable<string> UsedProjects(string path) =>
        from line in File.ReadLines(path)
        where line.StartsWith("using Holdfast", StringComparison.Ordinal)
        let name = line["using ".Length..].TrimEnd(';').Split(' ')[0]
        let project = Allowed.Keys.OrderByDescending(key => key.Length).First(key => name == key || name.StartsWith(key + ".", StringComparison.Ordinal))
        select project;
}
