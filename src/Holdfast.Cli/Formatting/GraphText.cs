using System.Text;
using System.Text.Json.Nodes;
using Holdfast.Cli.Hosting;
using Holdfast.Isa.Abi;
using Holdfast.Storage;

namespace Holdfast.Cli.Formatting;

/// <summary>A graph of objects as text, JSON, and in the languages of Graphviz and Mermaid.</summary>
internal static class GraphText
{
    /// <summary>What an object is, in one line: <c>map:5 hash 'flows'</c>.</summary>
    public static string Title(BpfGraphNode node) =>
        $"{ObjectArgument.TextOf(node.Key)} {TypeOf(node)}{(node.Name.Length > 0 ? $" '{node.Name}'" : "")}";

    /// <summary>An object and what belongs to it, a line each.</summary>
    public static IEnumerable<string> Lines(BpfGraph graph, BpfGraphNode node)
    {
        yield return Title(node);
        foreach (string pin in node.Pins)
            yield return $"  pinned at {pin}";
        foreach (ObjectKey used in node.Uses)
            yield return $"  uses {Title(graph, used)}";
        foreach (ObjectKey user in graph.UsersOf(node.Key))
            yield return $"  used by {Title(graph, user)}";
        foreach (int process in node.Processes)
            yield return $"  open in process {ProcessText(process)}";
    }

    /// <summary>An object as JSON.</summary>
    public static JsonObject Json(BpfGraph graph, BpfGraphNode node) => new()
    {
        ["object"] = ObjectArgument.TextOf(node.Key),
        ["kind"] = ObjectArgument.KindText(node.Key.Kind),
        ["id"] = node.Key.Id,
        ["type"] = TypeOf(node),
        ["name"] = node.Name,
        ["pinned"] = new JsonArray([.. node.Pins.Select(pin => JsonValue.Create(pin))]),
        ["uses"] = Keys(node.Uses),
        ["used_by"] = Keys(graph.UsersOf(node.Key)),
        ["processes"] = new JsonArray([.. node.Processes.Select(id => new JsonObject { ["pid"] = id, ["name"] = ProcessName(id) })]),
    };

    /// <summary>For Graphviz: objects are boxes, pins notes, processes ellipses; an arrow points to what is used.</summary>
    public static string Dot(BpfGraph graph)
    {
        StringBuilder text = new("digraph holdfast {\n  rankdir=LR;\n  node [shape=box];\n");
        foreach (BpfGraphNode node in graph.Nodes)
            text.Append($"  {Quoted(ObjectArgument.TextOf(node.Key))} [label={Quoted(Title(node))}];\n");
        foreach ((string from, string to, string shape) in Edges(graph))
        {
            if (shape.Length > 0)
                text.Append($"  {Quoted(from)} [shape={shape}];\n");
            text.Append($"  {Quoted(from)} -> {Quoted(to)};\n");
        }

        return text.Append('}').ToString();
    }

    /// <summary>For Mermaid, as Markdown renderers draw it.</summary>
    public static string Mermaid(BpfGraph graph)
    {
        StringBuilder text = new("graph LR");
        Dictionary<string, string> names = [];
        foreach (BpfGraphNode node in graph.Nodes)
            text.Append($"\n  {Named(names, ObjectArgument.TextOf(node.Key))}[\"{Escaped(Title(node))}\"]");
        foreach ((string from, string to, string shape) in Edges(graph))
        {
            if (shape.Length > 0 && !names.ContainsKey(from))
                text.Append($"\n  {Named(names, from)}([\"{Escaped(from)}\"])");
            text.Append($"\n  {Named(names, from)} --> {Named(names, to)}");
        }

        return text.ToString();
    }

    private static IEnumerable<(string From, string To, string Shape)> Edges(BpfGraph graph)
    {
        HashSet<ObjectKey> there = [.. graph.Nodes.Select(node => node.Key)];
        foreach (BpfGraphNode node in graph.Nodes)
        {
            string text = ObjectArgument.TextOf(node.Key);
            foreach (ObjectKey used in node.Uses.Where(there.Contains))
                yield return (text, ObjectArgument.TextOf(used), "");
            foreach (string pin in node.Pins)
                yield return (pin, text, "note");
            foreach (int process in node.Processes)
                yield return ($"process {ProcessText(process)}", text, "ellipse");
        }
    }

    private static string TypeOf(BpfGraphNode node) => node.Key.Kind switch
    {
        ObjectKind.Map => KernelNames.Of(node.MapType),
        ObjectKind.Program or ObjectKind.Hook => KernelNames.Of(node.ProgramType),
        _ => KernelNames.Of(node.LinkType),
    };

    private static string Title(BpfGraph graph, ObjectKey key) =>
        graph.Nodes.FirstOrDefault(node => node.Key == key) is { } node ? Title(node) : ObjectArgument.TextOf(key);

    private static JsonArray Keys(IEnumerable<ObjectKey> keys) => [.. keys.Select(key => JsonValue.Create(ObjectArgument.TextOf(key)))];

    private static string ProcessText(int process) => $"{process} ({ProcessName(process)})";

    private static string ProcessName(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/comm").TrimEnd('\n');
        }
        catch (IOException)
        {
            return "ended";
        }
    }

    private static string Quoted(string text) => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private static string Escaped(string text) => text.Replace("\"", "#quot;", StringComparison.Ordinal);

    private static string Named(Dictionary<string, string> names, string key)
    {
        if (!names.TryGetValue(key, out string? name))
            names[key] = name = $"n{names.Count}";
        return name;
    }
}
