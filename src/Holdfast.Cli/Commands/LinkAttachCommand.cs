using System.CommandLine;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;
using Holdfast.Isa.Abi;

namespace Holdfast.Cli.Commands;

/// <summary><c>link attach PROG PATH --hook HOOK|--xdp IF|--ingress IF|--egress IF|--cgroup DIR</c></summary>
internal static class LinkAttachCommand
{
    private static readonly Argument<string> Program = new("PROG") { Description = "A pinned program, or id:N." };
    private static readonly Argument<string> Path = PinArgument.Create("Where to pin the link, without which it would go with this command.");
    private static readonly Option<string?> Hook = new("--hook") { Description = "Attach to a hook (userspace engine): a pin, or id:N.", HelpName = "HOOK" };
    private static readonly Option<string?> Before = new("--before") { Description = "With --hook: run before this link's program, or before all (first).", HelpName = "LINK" };
    private static readonly Option<string?> After = new("--after") { Description = "With --hook: run after this link's program.", HelpName = "LINK" };
    private static readonly Option<ulong> Revision = new("--revision") { Description = "With --hook: only if its list has this revision (hook show).", HelpName = "N" };
    private static readonly Option<string?> Xdp = new("--xdp") { Description = "Attach to what an interface receives.", HelpName = "IF" };
    private static readonly Option<string?> Ingress = new("--ingress") { Description = "Attach to an interface's incoming traffic (TCX).", HelpName = "IF" };
    private static readonly Option<string?> Egress = new("--egress") { Description = "Attach to an interface's outgoing traffic (TCX).", HelpName = "IF" };
    private static readonly Option<string?> Cgroup = new("--cgroup") { Description = "Attach to a cgroup; --type says at which point.", HelpName = "DIR" };
    private static readonly Option<string?> Type = new("--type") { Description = "Attach type of --cgroup, e.g. cgroup_inet_egress.", HelpName = "TYPE" };

    /// <summary>The command.</summary>
    public static Command Create() =>
        new Command("attach", "Attach a program, and pin the link.") { Program, Path, Hook, Before, After, Revision, Xdp, Ingress, Egress, Cgroup, Type }.Does(Run);

    private static void Run(CommandContext context)
    {
        using Bpf bpf = context.OpenBpf();
        using BpfProgram program = PinArgument.OpenProgram(bpf, context.Get(Program));
        using BpfLink link = Attach(context, bpf, program);
        link.Pin(context.Get(Path));
        LinkDetails details = link.ReadDetails();
        string pin = bpf.ResolvePath(context.Get(Path));
        if (context.Json)
            CommandContext.WriteJson(new() { ["link"] = LinkText.Json(details), ["pinned"] = pin });
        else
            CommandContext.WriteLine($"{KernelNames.Of(details.Type)} link {details.Id}, {LinkText.Target(details)}, pinned at {pin}");
    }

    private static BpfLink Attach(CommandContext context, Bpf bpf, BpfProgram program)
    {
        if (new[] { Hook, Xdp, Ingress, Egress, Cgroup }.Count(option => context.Get(option) is not null) != 1)
            throw CliException.Usage("one place to attach to is needed: --hook, --xdp, --ingress, --egress or --cgroup");
        if (context.Get(Hook) is { } hook)
            return AttachHook(context, bpf, program, hook);
        if (context.Get(Before) is not null || context.Get(After) is not null || context.Get(Revision) != 0)
            throw CliException.Usage("--before, --after and --revision go with --hook");
        if (context.Get(Xdp) is { } xdp)
            return program.AttachXdp(InterfaceName.Index(xdp));
        if (context.Get(Ingress) is { } ingress)
            return program.AttachTcx(InterfaceName.Index(ingress), TrafficDirection.Ingress);
        if (context.Get(Egress) is { } egress)
            return program.AttachTcx(InterfaceName.Index(egress), TrafficDirection.Egress);
        return program.AttachCgroup(context.Get(Cgroup)!, KernelNames.ParseAttachType(context.Get(Type) ?? throw CliException.Usage("--cgroup needs --type")));
    }

    private static BpfLink AttachHook(CommandContext context, Bpf bpf, BpfProgram program, string path)
    {
        using Hook hook = PinArgument.OpenHook(bpf, path);
        HookPlace place = (context.Get(Before), context.Get(After)) switch
        {
            (null, null) => HookPlace.Last,
            ("first", null) => HookPlace.First,
            ({ } before, null) => HookPlace.BeforeLink(IdOf(bpf, before)),
            (null, { } after) => HookPlace.AfterLink(IdOf(bpf, after)),
            _ => throw CliException.Usage("--before and --after exclude each other"),
        };
        return program.AttachHook(hook, place with { ExpectedRevision = context.Get(Revision) });
    }

    private static uint IdOf(Bpf bpf, string path)
    {
        using BpfLink link = PinArgument.OpenLink(bpf, path);
        return link.Id;
    }
}
