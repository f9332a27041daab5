using System.CommandLine;
using System.Text.Json.Nodes;
using Holdfast.Cli.Hosting;
using Holdfast.Storage.Checking;

namespace Holdfast.Cli.Commands;

/// <summary><c>fsck [--repair]</c></summary>
internal static class FsckCommand
{
    private static readonly Option<bool> Repair = new("--repair") { Description = "Put right what can safely be put right while others use the store." };

    /// <summary>The command.</summary>
    public static Command Create() => new Command("fsck", "Check a store: its files, objects, references and maps.") { Repair }.Does(Run);

    private static int Run(CommandContext context)
    {
        if (context.UsesKernel)
            throw new CliException("the kernel keeps its objects in memory; only a store of the userspace engine can be checked");
        string? store = string.IsNullOrEmpty(context.Store) ? null : context.Store;
        if (!context.Get(Repair))
        {
            StoreCheckReport found = BpfStore.Check(store);
            Tell(context, found.Path, found.Objects, [], found.Findings, []);
            return found.Findings.Count == 0 ? CommandLine.Success : CommandLine.Failed;
        }

        StoreRepairReport repaired = BpfStore.Repair(store);
        Tell(context, repaired.Path, repaired.Objects, repaired.Fixed, repaired.Remaining, repaired.Failures);
        return repaired.Remaining.Count == 0 ? CommandLine.Success : CommandLine.Failed;
    }

    private static void Tell(
        CommandContext context, string store, int objects, IReadOnlyList<StoreFinding> repaired, IReadOnlyList<StoreFinding> findings, IReadOnlyList<string> failures)
    {
        if (context.Json)
        {
            JsonObject answer = new()
            {
                ["store"] = store,
                ["objects"] = objects,
                ["clean"] = findings.Count == 0,
                ["findings"] = new JsonArray([.. findings.Select(Json)]),
            };
            if (context.Get(Repair))
            {
                answer["fixed"] = new JsonArray([.. repaired.Select(Json)]);
                answer["failures"] = new JsonArray([.. failures.Select(failure => JsonValue.Create(failure))]);
            }

            CommandContext.WriteJson(answer);
            return;
        }

        foreach (StoreFinding finding in repaired)
            CommandContext.WriteLine(CommandLine.OneLine($"fixed: {finding.Subject}: {finding.What}"));
        foreach (string failure in failures)
            CommandContext.WriteLine(CommandLine.OneLine($"not repaired: {failure}"));
        foreach (StoreFinding finding in findings)
            CommandContext.WriteLine(CommandLine.OneLine($"{finding.Subject}: {finding.What}; {finding.Consequence} ({finding.Remedy})"));
        CommandContext.WriteLine($"{store}: {objects} objects, {(findings.Count == 0 ? "clean" : findings.Count == 1 ? "1 finding" : $"{findings.Count} findings")}");
    }

    private static JsonObject Json(StoreFinding finding) => new()
    {
        ["subject"] = finding.Subject,
        ["what"] = finding.What,
        ["consequence"] = finding.Consequence,
        ["remedy"] = finding.Remedy,
        ["repairable"] = finding.IsRepairable,
    };
}
