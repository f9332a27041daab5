using Holdfast.Isa.Abi;

namespace Holdfast;

/// <content>Links.</content>
public sealed partial class Bpf
{
    /// <summary>Opens a link by id.</summary>
    /// <param name="id">The id.</param>
    /// <returns>The link.</returns>
    /// <exception cref="BpfException">ENOENT: there is none.</exception>
    public BpfLink OpenLink(uint id) => new(Engine, Failure.Check(Engine, Engine.LinkById(id), $"open link {id}"));

    /// <summary>Opens a pinned link by name.</summary>
    /// <param name="path">The pin.</param>
    /// <returns>The link.</returns>
    /// <exception cref="BpfException">ENOENT, EACCES, EINVAL; EINVAL also if the name is a map's or program's.</exception>
    public BpfLink OpenPinnedLink(string path) => (BpfLink)Expect(OpenPinned(path), ObjectKind.Link, path);

    /// <summary>Ids of all live links, ascending.</summary>
    /// <returns>The ids.</returns>
    /// <exception cref="BpfException">EPERM: the kernel lists its objects to CAP_SYS_ADMIN only.</exception>
    public IEnumerable<uint> LinkIds() => Ids(Engine.LinkNextId, "links");
}
