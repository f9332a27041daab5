using System.CommandLine;
using System.Text.Json.Nodes;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;
using Holdfast.Cli.Packets;
using Holdfast.Isa.Text;
using Spectre.Console;

namespace Holdfast.Cli.Commands;

/// <summary><c>prog run PATH (--hex H | --data FILE | --pcap FILE) [--repeat N] [--warm-up N]</c></summary>
internal static class ProgRunCommand
{
    private static readonly Argument<string> Path = PinArgument.Create();
    private static readonly Option<string?> Hex = new("--hex") { Description = "One packet, as hex.", HelpName = "H" };
    private static readonly Option<string?> Data = new("--data") { Description = "One packet: a file's bytes.", HelpName = "FILE" };
    private static readonly Option<string?> Pcap = new("--pcap") { Description = "Every packet of a capture.", HelpName = "FILE" };
    private static readonly Option<string?> Context = new("--context") { Description = "The context, as hex.", HelpName = "H" };
    private static readonly Option<uint> Repeat = new("--repeat") { Description = "Runs for each packet.", HelpName = "N", DefaultValueFactory = _ => 1 };

    private static readonly Option<uint> WarmUp = new("--warm-up")
    {
        Description = "Runs for each packet before any is measured; they change maps as all runs do.",
        HelpName = "N",
    };

    /// <summary>The command.</summary>
    public static Command Create() =>
        new Command("run", "Run a pinned program on packets (test run).") { Path, Hex, Data, Pcap, Context, Repeat, WarmUp }.Does(Run);

    private static void Run(CommandContext context)
    {
        List<ReadOnlyMemory<byte>> packets = Packets(context);
        if (context.Get(Repeat) == 0)
            throw CliException.Usage("--repeat is at least 1");
        if (!HexText.TryParse(context.Get(Context) ?? "", out byte[] contextBytes))
            throw CliException.Usage("--context is no hex");
        using Bpf bpf = context.OpenBpf();
        using BpfProgram program = PinArgument.OpenProgram(bpf, context.Get(Path));
        PacketRun run = PacketRun.Over(program, packets, contextBytes, context.Get(Repeat), context.Get(WarmUp));
        if (context.Json)
            CommandContext.WriteJson(Json(context, bpf, run));
        else
            Print(context, bpf, run);
    }

    private static List<ReadOnlyMemory<byte>> Packets(CommandContext context)
    {
        string? hex = context.Get(Hex);
        string? data = context.Get(Data);
        string? pcap = context.Get(Pcap);
        int given = (hex is null ? 0 : 1) + (data is null ? 0 : 1) + (pcap is null ? 0 : 1);
        if (given > 1)
            throw CliException.Usage("--hex, --data and --pcap exclude each other");
        if (given == 0 && context.Get(Context) is null)
            throw CliException.Usage("give a packet: --hex H, --data FILE or --pcap FILE (or --context H)");
        if (pcap is not null)
            return PcapFile.Read(pcap);
        if (data is not null)
            return [InputFile.ReadBytes(data)];
        return HexText.TryParse(hex ?? "", out byte[] packet) ? [packet] : throw CliException.Usage("--hex is no hex");
    }

    private static JsonObject Json(CommandContext context, Bpf bpf, PacketRun run)
    {
        JsonObject json = new()
        {
            ["engine"] = bpf.Engine.Name,
            ["execution"] = bpf.ExecutionEngineName,
            ["packets"] = run.Packets,
            ["repeat"] = context.Get(Repeat),
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

    private static void Print(CommandContext context, Bpf bpf, PacketRun run)
    {
        Table table = Tables.Create("retval", "packets");
        foreach ((uint value, int count) in run.ReturnValues)
            table.Add($"{value}", $"{count}");
        context.Console.Write(table);
        CommandContext.WriteLine(
            $"{run.Packets} packets × {context.Get(Repeat)}, {Units.Number(run.NanosecondsPerRun)} ns per run (median {run.MedianNanoseconds}), first run ready after {Units.Milliseconds(run.FirstRun)}, engine {bpf.Engine.Name} ({bpf.ExecutionEngineName})");
        if (run.Packets == 1 && run.Last is { Data.Length: > 0 } last)
            CommandContext.WriteLine($"data out: {Convert.ToHexStringLower(last.Data)}");
    }
}
