using System.CommandLine;
using Holdfast.Cli.Hosting;

namespace Holdfast.Cli.Commands;

/// <summary><c>pin OBJECT PATH</c></summary>
internal static class PinCommand
{
    private static readonly Argument<string> Source = new("OBJECT") { Description = "A pin, map:ID, prog:ID or link:ID." };
    private static readonly Argument<string> Path = PinArgument.Create("The new name.");

    /// <summary>The command.</summary>
    public static Command Create() => new Command("pin", "Give a live object one more name.") { Source, Path }.Does(Run);

    private static void Run(CommandContext context)
    {
        using Bpf bpf = context.OpenBpf();
        using BpfHandle handle = Open(bpf, context.Get(Source));
        handle.Pin(context.Get(Path));
        if (context.Json)
            CommandContext.WriteJson(new() { ["pinned"] = bpf.ResolvePath(context.Get(Path)) });
    }

    private static BpfHandle Open(Bpf bpf, string source)
    {
        string[] parts = source.Split(':', 2);
        if (parts.Length == 2 && parts[0] is "map" or "prog" or "link" && uint.TryParse(parts[1], out uint id))
            return parts[0] switch { "map" => bpf.OpenMap(id), "prog" => bpf.OpenProgram(id), _ => bpf.OpenLink(id) };
        return bpf.OpenPinned(source);
    }
}
