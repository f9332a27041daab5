using System.CommandLine;
using Holdfast.Isa.Abi;

namespace Holdfast.Cli.Hosting;

/// <summary>The argument that names a pinned object, and how it is opened.</summary>
internal static class PinArgument
{
    /// <summary>A required PATH.</summary>
    public static Argument<string> Create(string description = "A pin: a path below a mount, or a name in the default mount.") =>
        new("PATH") { Description = description };

    /// <summary>Opens a map; <c>id:N</c> means the map with an id.</summary>
    public static BpfMap OpenMap(Bpf bpf, string path, MapFlags flags = MapFlags.None) =>
        TryId(path) is { } id ? bpf.OpenMap(id) : bpf.OpenPinnedMap(path, flags);

    /// <summary>Opens a program; <c>id:N</c> means the program with an id.</summary>
    public static BpfProgram OpenProgram(Bpf bpf, string path) =>
        TryId(path) is { } id ? bpf.OpenProgram(id) : bpf.OpenPinnedProgram(path);

    /// <summary>Opens a link; <c>id:N</c> means the link with an id.</summary>
    public static BpfLink OpenLink(Bpf bpf, string path) => TryId(path) is { } id ? bpf.OpenLink(id) : bpf.OpenPinnedLink(path);

    /// <summary>Opens a hook; <c>id:N</c> means the hook with an id. One that may only be read can still be run.</summary>
    public static Hook OpenHook(Bpf bpf, string path) => TryId(path) is { } id ? bpf.OpenHook(id) : bpf.OpenPinnedHook(path);

    private static uint? TryId(string path) =>
        path.StartsWith("id:", StringComparison.Ordinal) && uint.TryParse(path.AsSpan(3), out uint id) ? id : null;
}
