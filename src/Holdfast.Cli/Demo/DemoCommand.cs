using System.CommandLine;
using System.Text.Json.Nodes;
using Holdfast.Cli.Hosting;

namespace Holdfast.Cli.Demo;

/// <summary><c>demo [--keep]</c>: load and exit; run what is pinned and exit; read what is left.</summary>
internal static class DemoCommand
{
    private static readonly Option<bool> Keep = new("--keep") { Description = "Leave the pins where they are." };

    private static readonly (string Verb, string Title)[] Steps =
    [
        (LoadStep.Verb, "loads samples/flow_stats.bpf.o, pins program and maps, and exits"),
        (RunStep.Verb, "opens the pinned program and runs it over a capture"),
        (ShowStep.Verb, "has no program at all: it opens the pinned map by name"),
    ];

    /// <summary>The command.</summary>
    public static Command Create() =>
        new Command("demo", "Show the main job: three processes, one pinned program, maps that outlive them.")
        {
            Keep,
            LoadStep.Create(),
            RunStep.Create(),
            ShowStep.Create(),
        }.Does(Run);

    private static void Run(CommandContext context)
    {
        using Bpf bpf = context.OpenBpf();
        DemoDirectory directory = DemoDirectory.Create(bpf, context);
        JsonArray steps = [];
        try
        {
            foreach ((string verb, string title) in Steps)
                RunStepOf(context, verb, title, directory.Path, steps);
        }
        finally
        {
            if (!context.Get(Keep))
                directory.Remove();
        }

        string left = context.Get(Keep) ? directory.Kept : "everything is unpinned again";
        if (context.Json)
            CommandContext.WriteJson(new() { ["engine"] = context.EngineName, ["directory"] = directory.Path, ["kept"] = context.Get(Keep), ["steps"] = steps });
        else
            CommandContext.WriteLine(left);
    }

    private static void RunStepOf(CommandContext context, string verb, string title, string directory, JsonArray steps)
    {
        if (!context.Json)
            CommandContext.WriteLine($"── process {steps.Count + 1} {title}");
        List<string> arguments = ["demo", verb, directory, "--engine", context.EngineName];
        if (context.Store is { } store)
            arguments.AddRange(["--store", store]);
        if (context.Json)
            arguments.Add("--json");
        string output = ChildProcess.Run(arguments, context.Json, out int processId);
        JsonObject step = new() { ["step"] = verb, ["pid"] = processId };
        if (context.Json)
            step["result"] = JsonNode.Parse(output);
        steps.Add(step);
    }
}
