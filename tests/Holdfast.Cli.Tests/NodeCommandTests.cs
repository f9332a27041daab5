namespace Holdfast.Cli.Tests;

/// <summary><c>dev create|connect|destroy|list</c> on both engines; the kernel's in a mount namespace with a bpffs of its own at the default place.</summary>
public sealed class NodeCommandTests
{
    private const string Session = """
        holdfast map create first --type array --key 4 --value 4 --entries 8 > /dev/null
        holdfast map create second --type hash --key 4 --value 4 --entries 8 > /dev/null
        holdfast dev create first | grep -o 'map[0-9][0-9]*' | head -1
        holdfast dev create second | grep -o 'map[0-9][0-9]*' | head -1
        holdfast dev create first | grep -o 'map[0-9][0-9]*' | head -1
        holdfast dev connect map1 | sed 's/:.*/:/'
        holdfast dev list --json | tr -d ' \n' | grep -o '"nodes":\[{' | wc -l
        holdfast dev destroy map0
        holdfast dev destroy map0 2>&1 | grep -c ENOENT
        holdfast dev create second | grep -o 'map[0-9][0-9]*' | head -1
        """;

    public static TheoryData<string> Engines => UserOrKernel.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public void NodesAreNumberedFoundAgainAndGone(string engine)
    {
        VerifierPresence.Require();
        using TemporaryStore store = new();
        string script = Session;
        if (engine == "kernel")
        {
            TemporaryMount.MountOrSkip("bpf").Dispose();
            script = "mount -t bpf bpf /sys/fs/bpf\n" + Session.Replace("holdfast ", "holdfast --engine kernel ", StringComparison.Ordinal);
        }

        string file = store.WriteFile("script", System.Text.Encoding.UTF8.GetBytes(script));
        string shell = engine == "kernel" ? $"unshare --mount --propagation private sh -e '{file}'" : $"sh -e '{file}'";
        string output = store.RunShell(shell).Succeeded().Output;
        Assert.Equal(
            ["map0", "map1", "map0", "map1 is map:", "1", "1", "map1"],
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }
}
