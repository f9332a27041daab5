using System.CommandLine;
using System.Text.Json;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;

namespace Holdfast.Cli.Commands;

/// <summary><c>tree [PATH]</c>. It prints as it reads, so that a directory of 100,000 names begins at once.</summary>
internal static class TreeCommand
{
    private const int MaximumDepth = 64;

    private static readonly Argument<string?> Path = new("PATH")
    {
        Description = "A directory of pins; the default mount if missing.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>The command.</summary>
    public static Command Create() => new Command("tree", "Show a mount: names with kinds, ids and sizes.") { Path }.Does(Run);

    private static void Run(CommandContext context)
    {
        using Bpf bpf = context.OpenBpf();
        string root = bpf.ResolvePath(context.Optional(Path) ?? bpf.DefaultMount);
        IEnumerable<PinEntry> entries = bpf.List(root);
        if (context.Json)
        {
            WriteJson(bpf, root, entries);
            return;
        }

        using TreeWriter writer = new();
        writer.Root(root);
        Write(bpf, writer, root, entries);
    }

    private static void Write(Bpf bpf, TreeWriter writer, string path, IEnumerable<PinEntry> entries)
    {
        writer.Children(entries, Label, entry =>
        {
            string below = System.IO.Path.Combine(path, entry.Name);
            if (entry.Type == PinnedNameType.Directory && writer.Depth <= MaximumDepth)
                Write(bpf, writer, below, bpf.List(below));
        });
    }

    private static void WriteJson(Bpf bpf, string root, IEnumerable<PinEntry> entries)
    {
        using Stream output = Console.OpenStandardOutput();
        using (Utf8JsonWriter json = new(output, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteNumber("version", 1);
            json.WriteString("path", root);
            WriteEntries(bpf, json, root, entries, 0);
            json.WriteEndObject();
        }

        output.WriteByte((byte)'\n');
    }

    private static void WriteEntries(Bpf bpf, Utf8JsonWriter json, string path, IEnumerable<PinEntry> entries, int depth)
    {
        const int FlushBytes = 1 << 16;
        json.WriteStartArray("entries");
        foreach (PinEntry entry in entries)
        {
            json.WriteStartObject();
            json.WriteString("name", entry.Name);
            json.WriteString("kind", Kind(entry));
            string below = System.IO.Path.Combine(path, entry.Name);
            if (entry.Type == PinnedNameType.Pin)
                WritePin(json, entry);
            else if (entry.Type == PinnedNameType.Directory && depth < MaximumDepth)
                WriteEntries(bpf, json, below, bpf.List(below), depth + 1);
            json.WriteEndObject();
            if (json.BytesPending > FlushBytes)
                json.Flush();
        }

        json.WriteEndArray();
    }

    private static void WritePin(Utf8JsonWriter json, PinEntry entry)
    {
        json.WriteNumber("id", entry.Id);
        json.WriteString("object_name", entry.ObjectName);
        json.WriteNumber("bytes", entry.AllocatedBytes);
        json.WriteString("mode", Convert.ToString(entry.Mode, 8));
    }

    private static string Kind(PinEntry entry) => entry.Type switch
    {
        PinnedNameType.Directory => "directory",
        PinnedNameType.SymbolicLink => "symlink",
        PinnedNameType.Unreadable => "unreadable",
        PinnedNameType.Other => entry.Kind == ObjectKind.None ? "foreign" : "damaged",
        _ => ObjectArgument.KindText(entry.Kind),
    };

    private static string Label(PinEntry entry) => entry.Type switch
    {
        PinnedNameType.Pin => $"{entry.Name}  {Kind(entry)} {entry.Id} '{entry.ObjectName}'{(entry.AllocatedBytes == 0 ? "" : " " + Units.Bytes(entry.AllocatedBytes))}",
        PinnedNameType.Directory => entry.Name + "/",
        _ => $"{entry.Name}  ({Kind(entry)})",
    };
}
