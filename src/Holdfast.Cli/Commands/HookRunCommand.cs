using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;
using Holdfast.Cli.Packets;
using Spectre.Console;

namespace Holdfast.Cli.Commands;

/// <summary><c>hook run HOOK (--hex H | --data FILE | --pcap FILE) [--context H] [--repeat N] [--for SECONDS]</c></summary>
internal static class HookRunCommand
{
    private static readonly Argument<string> Source = new("HOOK") { Description = "A pin, or id:N." };
    private static readonly PacketArguments Input = new();
    private static readonly Option<double?> For = new("--for") { Description = "Go through the packets again and again, for so long.", HelpName = "SECONDS" };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        Command command = new("run", "Host a hook: run what is attached, in order, on packets.") { Source };
        Input.AddTo(command);
        command.Add(For);
        return command.Does(Run);
    }

    private static void Run(CommandContext context)
    {
        List<ReadOnlyMemory<byte>> packets = Input.ReadPackets(context);
        byte[] contextBytes = Input.ReadContext(context);
        uint repeat = Input.ReadRepeat(context);
        using Bpf bpf = context.OpenBpf();
        using Hook hook = PinArgument.OpenHook(bpf, context.Get(Source));
        SortedDictionary<uint, long> verdicts = [];
        long start = Stopwatch.GetTimestamp(), runs = 0;
        do
        {
            PacketRun pass = PacketRun.Over(hook.Run, packets, contextBytes, repeat);
            runs += pass.Packets;
            foreach ((uint verdict, int count) in pass.ReturnValues)
                verdicts[verdict] = verdicts.GetValueOrDefault(verdict) + count;
        }
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < context.Get(For));
        if (context.Json)
        {
            CommandContext.WriteJson(new()
            {
                ["hook_id"] = hook.Id,
                ["packets"] = runs,
                ["repeat"] = repeat,
                ["verdicts"] = new JsonArray([.. verdicts.Select(pair => new JsonObject { ["verdict"] = pair.Key, ["packets"] = pair.Value })]),
            });
            return;
        }

        Table table = Tables.Create("verdict", "packets");
        foreach ((uint verdict, long count) in verdicts)
            table.Add($"{(int)verdict}", $"{count}");
        context.Console.Write(table);
    }
}
