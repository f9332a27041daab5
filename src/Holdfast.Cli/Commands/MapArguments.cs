using System.CommandLine;

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
}
