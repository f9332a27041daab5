using System.CommandLine;
using System.Text.Json.Nodes;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;
using Holdfast.Objects;

namespace Holdfast.Cli.Commands;

/// <summary><c>prog loadall FILE.o DIR [--replace | --migrate] [--type T] [--btf FILE]</c></summary>
internal static class ProgLoadAllCommand
{
    private static readonly Argument<string> Source = new("FILE") { Description = "An object file." };
    private static readonly Argument<string> Directory = new("DIR") { Description = "Directory for the programs' pins; maps go to DIR/maps." };
    private static readonly Option<bool> Replace = new("--replace") { Description = "Take the place of the set of pins that is in DIR now, in one step." };
    private static readonly Option<bool> Migrate = new("--migrate") { Description = "Take the place, with the entries of the maps of the same names: those of the same shape are used on, the others copied by field." };

    /// <summary>The command.</summary>
    public static Command Create() =>
        new Command("loadall", "Load all programs of an object; pin them and their maps.") { Source, Directory, Replace, Migrate }.WithLoadOptions().Does(Run);

    private static void Run(CommandContext context)
    {
        using Bpf bpf = context.OpenBpf();
        BpfObjectSpec spec = LoadInput.WithType(context, ObjectInput.Load(context.Get(Source)));
        using BpfUpgrade? upgrade = context.Get(Migrate) ? bpf.LoadUpgrade(spec, context.Get(Directory), LoadInput.LoadOptions(context)) : null;
        using BpfObject loaded = upgrade?.Object ?? bpf.Load(spec, LoadInput.LoadOptions(context));
        if (context.Get(Replace) || upgrade is not null)
            loaded.ReplaceAll(context.Get(Directory));
        else
            loaded.PinAll(context.Get(Directory));
        string directory = bpf.ResolvePath(context.Get(Directory));
        if (context.Json)
        {
            CommandContext.WriteJson(new()
            {
                ["directory"] = directory,
                ["programs"] = new JsonArray([.. loaded.Programs.Values.Select(program => ProgramDetails.Json(program))]),
                ["maps"] = new JsonArray([.. loaded.Maps.Values.Select(map => MapDetails.Json(map))]),
                ["migrated"] = new JsonArray([.. (upgrade?.Migrations ?? new Dictionary<string, BpfMigrationReport>()).Select(entry => MigrationText.Json(entry.Key, entry.Value))]),
            });
            return;
        }

        foreach (BpfProgram program in loaded.Programs.Values)
            CommandContext.WriteLine($"{KernelNames.Of(program.Type)} program {program.Id} '{program.Name}' pinned in {directory}");
        foreach (BpfMap map in loaded.Maps.Values)
            CommandContext.WriteLine($"{KernelNames.Of(map.Type)} map {map.Id} '{map.Name}' pinned in {directory}/maps");
        foreach (string line in upgrade is null ? [] : MigrationText.Lines(upgrade))
            CommandContext.WriteLine(line);
    }
}
