using System.CommandLine;
using System.Text.Json.Nodes;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;
using Holdfast.Cli.Packets;

namespace Holdfast.Cli.Demo;

/// <summary>The second process: opens the pinned program and runs it over the capture.</summary>
internal static class RunStep
{
    /// <summary>The hidden verb.</summary>
    public const string Verb = "run";

    private static readonly Argument<string> Directory = StepArguments.Directory();

    /// <summary>The command.</summary>
    public static Command Create() => new Command(Verb, "Second process of the demo.") { Directory }.Hide().Does(Run);

    private static void Run(CommandContext context)
    {
        List<ReadOnlyMemory<byte>> packets = PcapFile.Read(SampleFiles.Capture);
        using Bpf bpf = context.OpenBpf();
        using BpfProgram program = bpf.OpenPinnedProgram(Path.Combine(context.Get(Directory), StepArguments.Program));
        PacketRun run = PacketRun.Over(program.TestRun, packets);
        if (context.Json)
        {
            CommandContext.WriteJson(new()
            {
                ["pid"] = Environment.ProcessId,
                ["execution"] = bpf.ExecutionEngineName,
                ["packets"] = run.Packets,
                ["retvals"] = new JsonArray([.. run.ReturnValues.Select(pair => new JsonObject { ["retval"] = pair.Key, ["packets"] = pair.Value })]),
                ["first_run_ns"] = (long)run.FirstRun.TotalNanoseconds,
                ["ns_per_packet"] = run.MedianNanoseconds,
            });
            return;
        }

        string returned = string.Join(", ", run.ReturnValues.Select(pair => $"{pair.Value} × {pair.Key}"));
        CommandContext.WriteLine($"   pid {Environment.ProcessId}: {run.Packets} packets of mixed.pcap, return values {returned}");
        string made = context.UsesKernel ? "opened" : "opened, verified again, compiled";
        CommandContext.WriteLine(
            $"   first packet after {Units.Milliseconds(run.FirstRun)} ({made}), {run.MedianNanoseconds} ns per packet (median), {bpf.ExecutionEngineName}");
    }
}
