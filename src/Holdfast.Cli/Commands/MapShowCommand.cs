using System.CommandLine;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;
using Holdfast.Isa.Abi;

namespace Holdfast.Cli.Commands;

/// <summary><c>map show|list [PATH]</c></summary>
internal static class MapShowCommand
{
    /// <summary>The command.</summary>
    public static Command Create() => new ShowCommand<BpfMap>("maps", new()
    {
        Ids = bpf => bpf.MapIds(),
        ById = (bpf, id) => bpf.OpenMap(id),
        ByPath = (bpf, path) => PinArgument.OpenMap(bpf, path, MapFlags.ReadOnly),
        Headers = MapDetails.Headers,
        Row = MapDetails.Row,
        Json = map => MapDetails.Json(map),
    }).Create();
}
