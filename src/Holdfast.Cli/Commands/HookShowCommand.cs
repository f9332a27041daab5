using System.CommandLine;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;

namespace Holdfast.Cli.Commands;

/// <summary><c>hook show|list [HOOK]</c></summary>
internal static class HookShowCommand
{
    /// <summary>The command.</summary>
    public static Command Create() => new ShowCommand<Hook>("hooks", new()
    {
        Ids = bpf => bpf.HookIds(),
        ById = (bpf, id) => bpf.OpenHook(id),
        ByPath = PinArgument.OpenHook,
        Headers = ["id", "type", "attach type", "name", "slots", "revision", "programs in order"],
        Row = HookText.Row,
        Json = HookText.Json,
    }).Create();
}
