using System.CommandLine;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;
using Holdfast.Isa.Abi;

namespace Holdfast.Cli.Commands;

/// <summary><c>map import FILE (--pin PATH | --into PATH) [--name S] [--flags N]</c></summary>
internal static class MapImportCommand
{
    private static readonly Argument<string> File = new("FILE") { Description = "What map export wrote; - for stdin." };
    private static readonly Option<string?> Pin = new("--pin") { Description = "Make the map anew, and pin it there.", HelpName = "PATH" };
    private static readonly Option<string?> Into = new("--into") { Description = "Write the entries into the map there.", HelpName = "PATH" };
    private static readonly Option<string?> Name = new("--name") { Description = "The new map's name; by default the file's.", HelpName = "S" };
    private static readonly Option<uint?> Flags = new("--flags") { Description = "The new map's creation flags; by default the file's.", HelpName = "N" };

    /// <summary>The command.</summary>
    public static Command Create() => new Command("import", "Make a map from a file, or write a file's entries into a map.") { File, Pin, Into, Name, Flags }.Does(Run);

    private static void Run(CommandContext context)
    {
        string file = context.Get(File);
        string? pin = context.Get(Pin), into = context.Get(Into);
        if (pin is null == into is null)
            throw CliException.Usage("give --pin PATH for a new map, or --into PATH for one that is there");
        if (into is not null && (context.Get(Name) is not null || context.Get(Flags) is not null))
            throw CliException.Usage("--name and --flags are a new map's; a map that is there keeps its own");
        if (Directory.Exists(file))
            throw new CliException($"{file} is a directory, not a file");
        using Bpf bpf = context.OpenBpf();
        using Stream input = file == "-" ? Console.OpenStandardInput() : new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        (BpfMap map, long entries) = Import(context, bpf, file, input, into);
        using (map)
        {
            if (pin is not null)
                map.Pin(pin);
            string place = bpf.ResolvePath((pin ?? into)!);
            if (context.Json)
                CommandContext.WriteJson(new() { ["map"] = MapDetails.Json(map, place), ["entries"] = entries });
            else
                CommandContext.WriteLine($"{entries} {(entries == 1 ? "entry" : "entries")} written to {KernelNames.Of(map.Type)} map {map.Id} at {place}");
        }
    }

    private static (BpfMap Map, long Entries) Import(CommandContext context, Bpf bpf, string file, Stream input, string? into)
    {
        try
        {
            if (into is null)
                return (bpf.ImportMap(input, out long made, context.Get(Name), (MapFlags?)context.Get(Flags)), made);
            BpfMap map = PinArgument.OpenMap(bpf, into);
            try
            {
                return (map, map.Import(input));
            }
            catch
            {
                map.Dispose();
                throw;
            }
        }
        catch (BpfException failure)
        {
            throw new CliException($"{file}: {failure.Message}");
        }
    }
}
