using System.CommandLine;
using System.Diagnostics;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;
using Holdfast.Objects;

namespace Holdfast.Cli.Demo;

/// <summary>The first process: loads, pins and exits.</summary>
internal static class LoadStep
{
    /// <summary>The hidden verb.</summary>
    public const string Verb = "load";

    private static readonly Argument<string> Directory = StepArguments.Directory();

    /// <summary>The command.</summary>
    public static Command Create() => new Command(Verb, "First process of the demo.") { Directory }.Hide().Does(Run);

    private static void Run(CommandContext context)
    {
        string directory = context.Get(Directory);
        BpfObjectSpec spec = ObjectInput.Load(SampleFiles.Object);
        using Bpf bpf = context.OpenBpf();
        long start = Stopwatch.GetTimestamp();
        using BpfObject cold = bpf.Load(spec);
        TimeSpan first = Stopwatch.GetElapsedTime(start);
        start = Stopwatch.GetTimestamp();
        using BpfObject loaded = bpf.Load(spec);
        TimeSpan again = Stopwatch.GetElapsedTime(start);

        BpfProgram program = loaded.Program(StepArguments.Program);
        program.Pin(Path.Combine(directory, StepArguments.Program));
        loaded.Map(StepArguments.Flows).Pin(Path.Combine(directory, StepArguments.Flows));
        loaded.Map(StepArguments.Protocols).Pin(Path.Combine(directory, StepArguments.Protocols));
        if (context.Json)
        {
            CommandContext.WriteJson(new()
            {
                ["pid"] = Environment.ProcessId,
                ["program"] = ProgramDetails.Json(program, Path.Combine(directory, StepArguments.Program)),
                ["load_micros_cold"] = (long)first.TotalMicroseconds,
                ["load_micros_warm"] = (long)again.TotalMicroseconds,
            });
            return;
        }

        CommandContext.WriteLine(
            $"   pid {Environment.ProcessId}: program {program.Id} '{program.Name}', {program.Info.VerifiedInsns} instructions walked; verify and store {Units.Milliseconds(first)} the first time, {Units.Milliseconds(again)} warm");
        CommandContext.WriteLine($"   pinned {StepArguments.Program}, {StepArguments.Flows}, {StepArguments.Protocols} in {directory}");
    }
}
