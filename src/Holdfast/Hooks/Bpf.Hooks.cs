using Holdfast.Isa.Abi;

namespace Holdfast;

/// <content>Hooks.</content>
public sealed partial class Bpf
{
    /// <summary>Makes a hook: a place to attach programs of one type to.</summary>
    /// <param name="programType">The type.</param>
    /// <param name="attachType">The attach type of its links; null for the type's usual one (TCX ingress, XDP, cgroup ingress, …).</param>
    /// <param name="slots">Most programs at once, 1 to 63.</param>
    /// <param name="name">A name of at most 15 letters, digits, underscores and dots; not a pin.</param>
    /// <returns>The hook.</returns>
    /// <exception cref="BpfException">EOPNOTSUPP: the kernel's places are its own; EINVAL, E2BIG, ENOSPC, …</exception>
    public Hook CreateHook(ProgramType programType, AttachType? attachType = null, int slots = 63, string name = "")
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(slots);
        HookAttribute attribute = new()
        {
            ProgramType = programType,
            AttachType = attachType ?? UsualAttachType(programType),
            Slots = (uint)slots,
            Name = ObjectName.From(name),
        };
        return new(Engine, Failure.Check(Engine, RequireHooks().CreateHook(attribute), $"create a hook for {programType} programs"));
    }

    /// <summary>Opens a hook by id.</summary>
    /// <param name="id">The id.</param>
    /// <returns>The hook.</returns>
    /// <exception cref="BpfException">ENOENT: there is none.</exception>
    public Hook OpenHook(uint id) => new(Engine, Failure.Check(Engine, RequireHooks().HookById(id), $"open hook {id}"));

    /// <summary>Opens a pinned hook by name.</summary>
    /// <param name="path">The pin.</param>
    /// <param name="flags"><see cref="MapFlags.ReadOnly"/>, to run what is attached but attach nothing, or none.</param>
    /// <returns>The hook.</returns>
    /// <exception cref="BpfException">ENOENT, EACCES, EINVAL; EINVAL also if the name is another kind's.</exception>
    public Hook OpenPinnedHook(string path, MapFlags flags = MapFlags.None) => (Hook)Expect(OpenPinned(path, flags), ObjectKind.Hook, path);

    /// <summary>Ids of all live hooks, ascending; none with the kernel engine.</summary>
    /// <returns>The ids.</returns>
    public IEnumerable<uint> HookIds() => Engine is IHookEngine hooks ? Ids(hooks.HookNextId, "hooks") : [];

    private IHookEngine RequireHooks() => Engine as IHookEngine ?? throw new BpfException(
        Errno.EOPNOTSUPP, $"hooks are the userspace engine's; the kernel has places of its own (link attach --xdp, --ingress, --cgroup) [{Errno.EOPNOTSUPP}]");

    private static AttachType UsualAttachType(ProgramType type) => type switch
    {
        ProgramType.Xdp => AttachType.Xdp,
        ProgramType.SchedCls or ProgramType.SchedAct => AttachType.TcxIngress,
        ProgramType.FlowDissector => AttachType.FlowDissector,
        ProgramType.SkLookup => AttachType.SkLookup,
        ProgramType.CgroupSock => AttachType.CgroupInetSockCreate,
        ProgramType.CgroupSockopt => AttachType.CgroupSetsockopt,
        ProgramType.CgroupDevice => AttachType.CgroupDevice,
        ProgramType.CgroupSysctl => AttachType.CgroupSysctl,
        ProgramType.SockOps => AttachType.CgroupSockOps,
        ProgramType.Netfilter => AttachType.Netfilter,
        ProgramType.SkReuseport => AttachType.SkReuseportSelect,
        _ => default,
    };
}
