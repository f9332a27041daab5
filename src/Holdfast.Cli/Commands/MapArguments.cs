using System.CommandLine;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;

namespace Holdfast.Cli.Commands;

/// <summary>Arguments that several map commands take.</summary>
internal static class MapArguments
{
    /// <summary>KEY.</summary>
    public static Argument<string> Key() => new("KEY")
    {
        Description = "With BTF a number, {\"field\":…} or field=…,…; else hex (7b000000) or u32:123.",
    };

    /// <summary>VALUE.</summary>
    public static Argument<string> Value() => new("VALUE") { Description = "As KEY." };

    /// <summary>Refuses maps that have keys.</summary>
    public static void RequireKeyless(BpfMap map, string? path)
    {
        if (map.KeySize != 0)
            throw new CliException($"{path} is a {KernelNames.Of(map.Type)} map, whose entries have keys: use map lookup and map update");
    }
}
