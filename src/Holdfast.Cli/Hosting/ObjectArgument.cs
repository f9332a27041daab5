using System.CommandLine;
using System.Globalization;
using Holdfast.Isa.Abi;
using Holdfast.Storage;

namespace Holdfast.Cli.Hosting;

/// <summary>The argument that names an object of any kind.</summary>
internal static class ObjectArgument
{
    /// <summary>A required OBJECT.</summary>
    public static Argument<string> Create() => new("OBJECT") { Description = "A pin, map:ID, prog:ID, link:ID or hook:ID." };

    /// <summary>Opens the object.</summary>
    public static BpfHandle Open(Bpf bpf, string text, MapFlags flags = MapFlags.None) => TryKey(text) switch
    {
        { Kind: ObjectKind.Map } map => bpf.OpenMap(map.Id, flags),
        { Kind: ObjectKind.Program } program => bpf.OpenProgram(program.Id),
        { Kind: ObjectKind.Hook } hook => bpf.OpenHook(hook.Id),
        { } link => bpf.OpenLink(link.Id),
        null => bpf.OpenPinned(text, flags),
    };

    /// <summary>Kind and id of an open object.</summary>
    public static ObjectKey KeyOf(BpfHandle handle) => handle switch
    {
        BpfMap map => new(ObjectKind.Map, map.Id),
        BpfProgram program => new(ObjectKind.Program, program.Id),
        BpfLink link => new(ObjectKind.Link, link.Id),
        Hook hook => new(ObjectKind.Hook, hook.Id),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>A key as it is given: <c>map:5</c>.</summary>
    public static string TextOf(ObjectKey key) => $"{KindText(key.Kind)}:{key.Id}";

    /// <summary>A kind as it is given: <c>map</c>, <c>prog</c>, <c>link</c>, <c>hook</c>.</summary>
    public static string KindText(ObjectKind kind) => kind == ObjectKind.Program ? "prog" : kind.ToString().ToLowerInvariant();

    private static ObjectKey? TryKey(string text)
    {
        string[] parts = text.Split(':', 2);
        ObjectKind kind = parts[0] switch { "map" => ObjectKind.Map, "prog" => ObjectKind.Program, "link" => ObjectKind.Link, "hook" => ObjectKind.Hook, _ => ObjectKind.None };
        return parts.Length == 2 && kind != ObjectKind.None && uint.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out uint id) ? new(kind, id) : null;
    }
}
