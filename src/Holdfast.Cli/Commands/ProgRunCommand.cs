using System.CommandLine;
using System.Text.Json.Nodes;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;
using Holdfast.Cli.Packets;
using Spectre.Console;

namespace Holdfast.Cli.Commands;

/// <summary><c>prog run PATH (--hex H | --data FILE | --pcap FILE) [--repeat N] [--warm-up N]</c></summary>
internal static class ProgRunCommand
{
    private static readonly Argument<string> Path = PinArgument.Create();
    private static readonly PacketArguments Input = new();

    private static readonly Option<uint> WarmUp = new("--warm-up")
    {
        Description = "Runs for each packet before any is measured; they change maps as all runs do.",
        HelpName = "N",
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        Command command = new("run", "Run a pinned program on packets (test run).") { Path };
        Input.AddTo(command);
        command.Add(WarmUp);
        return command.Does(Run);
    }

    private static void Run(CommandContext context)
    {
        List<ReadOnlyMemory<byte>> packets = Input.ReadPackets(context);
        uint repeat = Input.ReadRepeat(context);
        byte[] contextBytes = Input.ReadContext(context);
        using Bpf bpf = context.OpenBpf();
        using BpfProgram program = PinArgument.OpenProgram(bpf, context.Get(Path));
        PacketRun run = PacketRun.Over(program.TestRun, packets, contextBytes, repeat, context.Get(WarmUp));
        if (context.Json)
            CommandContext.WriteJson(Json(context, bpf, run, repeat));
        else
            Print(context, bpf, run, repeat);
    }

    private static JsonObject Json(CommandContext context, Bpf bpf, PacketRun run, uint repeat)
    {
        JsonObject json = new()
        {
            ["engine"] = bpf.Engine.Name,
            ["execution"] = bpf.ExecutionEngineName,
            ["packets"] = run.Packets,
            ["repeat"] = repeat,
            ["warm_up"] = context.Get(WarmUp),
            ["retvals"] = new JsonArray([.. run.ReturnValues.Select(pair => new JsonObject { ["retval"] = pair.Key, ["packets"] = pair.Value })]),
            ["ns_per_run"] = run.NanosecondsPerRun,
            ["median_ns"] = run.MedianNanoseconds,
            ["first_run_ns"] = (long)run.FirstRun.TotalNanoseconds,
        };
        if (run.Last is { } last && run.Packets == 1)
        {
            json["data_out"] = Convert.ToHexStringLower(last.Data);
            json["context_out"] = Convert.ToHexStringLower(last.Context);
        }

        return json;
    }

    private static void Print(CommandContext context, Bpf bpf, PacketRun run, uint repeat)
    {
        Table table = Tables.Create("retval", "packets");
        foreach ((uint value, int count) in run.ReturnValues)
            table.Add($"{value}", $"{count}");
        context.Console.Write(table);
        CommandContext.WriteLine(
            $"{run.Packets} packets × {repeat}, {Units.Number(run.NanosecondsPerRun)} ns per run (median {run.MedianNanoseconds}), first run ready after {Units.Milliseconds(run.FirstRun)}, engine {bpf.Engine.Name} ({bpf.ExecutionEngineName})");
        if (run.Packets == 1 && run.Last is { Data.Length: > 0 } last)
            CommandContext.WriteLine($"data out: {Convert.ToHexStringLower(last.Data)}");
    }
}
