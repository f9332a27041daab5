using System.CommandLine;
using System.Text.Json.Nodes;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;
using Holdfast.Isa.Abi;

namespace Holdfast.Cli.Demo;

/// <summary>The third process: opens the pinned map by name and prints the top flows. Names come from the map's own BTF.</summary>
internal static class ShowStep
{
    /// <summary>The hidden verb.</summary>
    public const string Verb = "show";

    private const int Most = 10;

    private static readonly Argument<string> Directory = StepArguments.Directory();

    private static readonly string[] LeftOut = ["version", "first_seen", "last_seen"];

    /// <summary>The command.</summary>
    public static Command Create() => new Command(Verb, "Third process of the demo.") { Directory }.Hide().Does(Run);

    private static void Run(CommandContext context)
    {
        using Bpf bpf = context.OpenBpf();
        using BpfMap flows = bpf.OpenPinnedMap(Path.Combine(context.Get(Directory), StepArguments.Flows), MapFlags.ReadOnly);
        MapFormat format = new(flows);
        List<(JsonObject Key, JsonObject Value)> all = [.. flows.Entries().Select(entry => (format.Key(entry.Key).AsObject(), format.Value(entry.Value).AsObject()))];
        all.Sort((left, right) => Bytes(right).CompareTo(Bytes(left)));
        if (context.Json)
        {
            CommandContext.WriteJson(new()
            {
                ["pid"] = Environment.ProcessId,
                ["flows"] = new JsonArray([.. all.Select(flow => new JsonObject { ["key"] = flow.Key, ["value"] = flow.Value })]),
            });
            return;
        }

        CommandContext.WriteLine($"   pid {Environment.ProcessId}: map {flows.Id} '{flows.Name}', {all.Count} flows, the largest:");
        if (all.Count > 0)
            context.Console.Write(EntryTable.Create([.. all.Take(Most).Select(Readable)]));
    }

    private static ulong Bytes((JsonObject Key, JsonObject Value) flow) => flow.Value["bytes"]!.GetValue<ulong>();

    private static (JsonNode Key, JsonNode Value) Readable((JsonObject Key, JsonObject Value) flow)
    {
        foreach (string name in LeftOut)
        {
            flow.Key.Remove(name);
            flow.Value.Remove(name);
        }

        flow.Key["protocol"] = Protocol(flow.Key["protocol"]!.GetValue<ulong>());
        return flow;
    }

    /// <summary>Names of IANA's protocol numbers that the capture holds.</summary>
    private static JsonNode Protocol(ulong number) => number switch
    {
        1 => "icmp",
        6 => "tcp",
        17 => "udp",
        58 => "icmpv6",
        _ => number,
    };
}
