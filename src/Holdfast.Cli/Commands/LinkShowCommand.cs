using System.CommandLine;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;

namespace Holdfast.Cli.Commands;

/// <summary><c>link show|list [LINK]</c></summary>
internal static class LinkShowCommand
{
    /// <summary>The command.</summary>
    public static Command Create() => new ShowCommand<BpfLink>("links", new()
    {
        Ids = bpf => bpf.LinkIds(),
        ById = (bpf, id) => bpf.OpenLink(id),
        ByPath = PinArgument.OpenLink,
        Headers = ["id", "type", "prog", "attached to"],
        Row = link => LinkText.Row(link.ReadDetails()),
        Json = link => LinkText.Json(link.ReadDetails()),
    }).Create();
}
