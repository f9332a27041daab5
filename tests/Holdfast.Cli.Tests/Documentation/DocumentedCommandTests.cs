using System.CommandLine;
using Holdfast.Cli.Commands;
using Holdfast.Cli.Tests.Replay;

namespace Holdfast.Cli.Tests.Documentation;

/// <summary>Commands of README and docs do what they say there; <c>docs/cli.md</c> has them all.</summary>
public sealed class DocumentedCommandTests
{
    [Theory]
    [InlineData("README.md", 5)]
    [InlineData("docs/getting-started.md", 9)]
    [InlineData("docs/cli.md", 24)]
    [InlineData("docs/hooks.md", 11)]
    public void TheCommandsOfADocumentRunInTheirOrder(string document, int atLeast)
    {
        VerifierPresence.Require();
        using TemporaryStore store = new();
        string[] commands = [.. DocumentedCommands.In(document)];
        Assert.True(commands.Length >= atLeast, $"only {commands.Length} commands found");

        // One command asks the kernel: without the right to, it is the only one that is left out.
        Assert.All(commands.Where(command => KernelAccess.IsAllowed || !command.StartsWith("holdfast compare ", StringComparison.Ordinal)), command => store.RunShell(command).Succeeded());
    }

    /// <summary>Those of the kernel's engine run as one script in a mount and a network namespace, which go with it and all that is in them.</summary>
    [Fact]
    public void TheKernelsCommandsRunInTheirOrder()
    {
        using UserOrKernel kernel = new("kernel");
        string[] commands = [.. DocumentedCommands.In("docs/kernel.md")];
        Assert.True(commands.Length >= 10, $"only {commands.Length} commands found");
        kernel.Store.RunShell($"unshare --mount --net sh -e -c '{string.Join('\n', commands)}'").Succeeded();
    }

    [Fact]
    public void EveryCommandHasAnExample()
    {
        string[] examples = [.. DocumentedCommands.In("docs/cli.md"), .. DocumentedCommands.In("docs/kernel.md")];
        Assert.All(Leaves(HoldfastCommand.Create(), ""), names => Assert.Contains(examples, example => names.Any(name => example.Contains(name, StringComparison.Ordinal))));
    }

    /// <summary>Each command that does something, as <c>holdfast map show</c>, under all its names.</summary>
    private static IEnumerable<string[]> Leaves(Command command, string parent)
    {
        string[] names = [.. command.Aliases.Append(command.Name).Select(name => parent.Length == 0 ? "holdfast" : $"{parent} {name}")];
        Command[] below = [.. command.Subcommands.Where(sub => !sub.Hidden)];
        return below.Length == 0 ? [names] : below.SelectMany(sub => Leaves(sub, names[^1]));
    }
}
