using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>What all ways to attach share.</summary>
internal static class Attachments
{
    /// <summary>The engine's things to attach to.</summary>
    /// <exception cref="BpfException">EOPNOTSUPP: it has none.</exception>
    public static IAttachmentEngine Require(IBpfEngine engine) => engine as IAttachmentEngine ?? throw new BpfException(
        Errno.EOPNOTSUPP,
        $"the {engine.Name}space engine attaches programs to hooks only (AttachHook, link attach --hook); open the kernel's for its places (Bpf.OpenKernel, --engine kernel) [{Errno.EOPNOTSUPP}]");

    /// <summary>Makes a link of what bpf(2) answered.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="result">A link's descriptor, or the negated error number.</param>
    /// <param name="what">What was attempted.</param>
    public static BpfLink Link(IBpfEngine engine, int result, string what)
    {
        if (result >= 0)
            return new BpfLink(engine, result);
        string cause = engine.LastFailure ?? Describe((Errno)(-result));
        throw new BpfException((Errno)(-result), $"{what}: {cause} [{(Errno)(-result)}]");
    }

    /// <summary>Opens something to attach to, attaches, and closes it again: the link holds what it needs.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="target">The opened target, or the negated error number.</param>
    /// <param name="what">What is attempted.</param>
    /// <param name="create">Makes the link on the target's descriptor.</param>
    public static BpfLink LinkOn(IBpfEngine engine, int target, string what, Func<int, int> create)
    {
        Failure.Check(engine, target, what);
        try
        {
            return Link(engine, create(target), what);
        }
        finally
        {
            engine.Close(target);
        }
    }

    private static string Describe(Errno errno) => errno switch
    {
        Errno.EINVAL => "the program's type or attach type doesn't fit this place, or the running kernel has no such link",
        Errno.EBUSY or Errno.EEXIST => "something is attached there already; detach it first, or update its link",
        Errno.ENODEV => "this network namespace has no such interface",
        Errno.ENOENT => "there is no such target",
        Errno.EBADF => "the program or target is not open, or is of the wrong kind",
        Errno.EPERM => "not permitted: attaching needs CAP_NET_ADMIN (network), CAP_PERFMON (tracing) or root, or the place allows no further program",
        Errno.EOPNOTSUPP or Errno.ENOTSUPP => "the kernel, or the interface's driver, can't do that",
        _ => "the kernel refused",
    };
}
