using System.CommandLine;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;

namespace Holdfast.Cli.Commands;

/// <summary><c>prog show|list [PATH]</c></summary>
internal static class ProgShowCommand
{
    /// <summary>The command.</summary>
    public static Command Create() => new ShowCommand<BpfProgram>("programs", new()
    {
        Ids = bpf => bpf.ProgramIds(),
        ById = (bpf, id) => bpf.OpenProgram(id),
        ByPath = PinArgument.OpenProgram,
        Headers = ProgramDetails.Headers,
        Row = ProgramDetails.Row,
        Json = program => ProgramDetails.Json(program),
    }).Create();
}
