using System.CommandLine;

namespace Holdfast.Cli.Commands;

/// <summary><c>link …</c></summary>
internal static class LinkCommand
{
    /// <summary>The group.</summary>
    public static Command Create() => new("link", "Attach programs; inspect, pin, update and detach links.")
    {
        LinkShowCommand.Create(),
        LinkAttachCommand.Create(),
        LinkUpdateCommand.Create(),
        LinkDetachCommand.Create(),
        LinkPinCommand.Create(),
    };
}
