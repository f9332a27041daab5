using System.CommandLine;
using Holdfast.Cli.Hosting;
using Holdfast.Isa.Abi;

namespace Holdfast.Cli.Commands;

/// <summary><c>map export PATH [--format json|binary] [-o FILE]</c></summary>
internal static class MapExportCommand
{
    private static readonly Argument<string> Path = PinArgument.Create();
    private static readonly Option<string> Format = CreateFormat();
    private static readonly Option<string?> Output = new("--output", "-o") { Description = "Where to; without it, stdout.", HelpName = "FILE" };

    /// <summary>The command.</summary>
    public static Command Create() => new Command("export", "Write a map with its types and entries to a file.") { Path, Format, Output }.Does(Run);

    private static void Run(CommandContext context)
    {
        using Bpf bpf = context.OpenBpf();
        using BpfMap map = PinArgument.OpenMap(bpf, context.Get(Path), MapFlags.ReadOnly);
        MapFileFormat format = context.Get(Format) == "binary" ? MapFileFormat.Binary : MapFileFormat.Json;
        if (context.Get(Output) is not { } file)
        {
            if (context.Json)
                throw CliException.Usage("--json tells of the export: it needs -o FILE");
            using BufferedStream output = new(Console.OpenStandardOutput(), 1 << 16);
            map.Export(output, format);
            return;
        }

        long entries = Write(map, format, file);
        if (context.Json)
            CommandContext.WriteJson(new() { ["file"] = file, ["entries"] = entries });
        else
            CommandContext.WriteLine($"{entries} {(entries == 1 ? "entry" : "entries")} of map '{map.Name}' written to {file}");
    }

    /// <summary>A file is there whole, or as it was: it is written beside and renamed.</summary>
    private static long Write(BpfMap map, MapFileFormat format, string file)
    {
        if (Directory.Exists(file))
            throw new CliException($"{file} is a directory, not a file");
        string unfinished = $"{file}.{Guid.NewGuid():n}.tmp";
        try
        {
            long entries;
            using (FileStream output = new(unfinished, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16))
                entries = map.Export(output, format);
            File.Move(unfinished, file, overwrite: true);
            return entries;
        }
        finally
        {
            File.Delete(unfinished);
        }
    }

    private static Option<string> CreateFormat()
    {
        Option<string> option = new("--format") { Description = "json or binary.", DefaultValueFactory = _ => "json" };
        option.AcceptOnlyFromAmong("json", "binary");
        return option;
    }
}
