using System.CommandLine;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;

namespace Holdfast.Cli.Commands;

/// <summary><c>hook create PATH --type TYPE [--attach-type TYPE] [--slots N] [--name N]</c></summary>
internal static class HookCreateCommand
{
    private static readonly Argument<string> Path = PinArgument.Create("Where to pin the hook.");
    private static readonly Option<string> Type = new("--type") { Description = "The type of its programs, e.g. sched_cls.", HelpName = "TYPE", Required = true };
    private static readonly Option<string?> Attach = new("--attach-type") { Description = "The attach type of its links; by default the program type's usual one.", HelpName = "TYPE" };
    private static readonly Option<int> Slots = new("--slots") { Description = "Most programs at once, 1 to 63.", HelpName = "N", DefaultValueFactory = _ => 63 };
    private static readonly Option<string?> Name = new("--name") { Description = "The hook's own name.", HelpName = "NAME" };

    /// <summary>The command.</summary>
    public static Command Create() => new Command("create", "Make a hook for programs of one type, and pin it.") { Path, Type, Attach, Slots, Name }.Does(Run);

    private static void Run(CommandContext context)
    {
        if (context.Get(Slots) < 1)
            throw CliException.Usage("--slots is at least 1");
        using Bpf bpf = context.OpenBpf();
        using Hook hook = bpf.CreateHook(
            KernelNames.ParseProgramType(context.Get(Type)!),
            context.Get(Attach) is { } attach ? KernelNames.ParseAttachType(attach) : null,
            context.Get(Slots),
            context.Get(Name) ?? "");
        hook.Pin(context.Get(Path));
        string pin = bpf.ResolvePath(context.Get(Path));
        if (context.Json)
            CommandContext.WriteJson(new() { ["hook"] = HookText.Json(hook), ["pinned"] = pin });
        else
            CommandContext.WriteLine($"hook {hook.Id} for {KernelNames.Of(hook.ProgramType)} programs, pinned at {pin}");
    }
}
