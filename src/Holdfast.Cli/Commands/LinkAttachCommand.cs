using System.CommandLine;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;
using Holdfast.Isa.Abi;

namespace Holdfast.Cli.Commands;

/// <summary><c>link attach PROG PATH --xdp IF|--ingress IF|--egress IF|--cgroup DIR</c></summary>
internal static class LinkAttachCommand
{
    private static readonly Argument<string> Program = new("PROG") { Description = "A pinned program, or id:N." };
    private static readonly Argument<string> Path = PinArgument.Create("Where to pin the link, without which it would go with this command.");
    private static readonly Option<string?> Xdp = new("--xdp") { Description = "Attach to what an interface receives.", HelpName = "IF" };
    private static readonly Option<string?> Ingress = new("--ingress") { Description = "Attach to an interface's incoming traffic (TCX).", HelpName = "IF" };
    private static readonly Option<string?> Egress = new("--egress") { Description = "Attach to an interface's outgoing traffic (TCX).", HelpName = "IF" };
    private static readonly Option<string?> Cgroup = new("--cgroup") { Description = "Attach to a cgroup; --type says at which point.", HelpName = "DIR" };
    private static readonly Option<string?> Type = new("--type") { Description = "Attach type of --cgroup, e.g. cgroup_inet_egress.", HelpName = "TYPE" };

    /// <summary>The command.</summary>
    public static Command Create() =>
        new Command("attach", "Attach a program, and pin the link.") { Program, Path, Xdp, Ingress, Egress, Cgroup, Type }.Does(Run);

    private static void Run(CommandContext context)
    {
        using Bpf bpf = context.OpenBpf();
        using BpfProgram program = PinArgument.OpenProgram(bpf, context.Get(Program));
        using BpfLink link = Attach(context, program);
        link.Pin(context.Get(Path));
        LinkDetails details = link.ReadDetails();
        string pin = bpf.ResolvePath(context.Get(Path));
        if (context.Json)
            CommandContext.WriteJson(new() { ["link"] = LinkText.Json(details), ["pinned"] = pin });
        else
            CommandContext.WriteLine($"{KernelNames.Of(details.Type)} link {details.Id}, {LinkText.Target(details)}, pinned at {pin}");
    }

    private static BpfLink Attach(CommandContext context, BpfProgram program)
    {
        if (new[] { Xdp, Ingress, Egress, Cgroup }.Count(option => context.Get(option) is not null) != 1)
            throw CliException.Usage("one place to attach to is needed: --xdp, --ingress, --egress or --cgroup");
        if (context.Get(Xdp) is { } xdp)
            return program.AttachXdp(InterfaceName.Index(xdp));
        if (context.Get(Ingress) is { } ingress)
            return program.AttachTcx(InterfaceName.Index(ingress), TrafficDirection.Ingress);
        if (context.Get(Egress) is { } egress)
            return program.AttachTcx(InterfaceName.Index(egress), TrafficDirection.Egress);
        return program.AttachCgroup(context.Get(Cgroup)!, KernelNames.ParseAttachType(context.Get(Type) ?? throw CliException.Usage("--cgroup needs --type")));
    }
}
