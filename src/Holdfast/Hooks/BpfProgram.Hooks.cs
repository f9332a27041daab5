using Holdfast.Isa.Abi;

namespace Holdfast;

/// <content>Attaching to hooks.</content>
public sealed partial class BpfProgram
{
    /// <summary>Attaches to a hook of the userspace engine: every host runs the program from its next run on.</summary>
    /// <param name="hook">The hook.</param>
    /// <param name="place">Where in its list; null for the end.</param>
    /// <returns>The link, which keeps the program attached until it is disposed and has no pin.</returns>
    /// <exception cref="BpfException">EINVAL: the program is of another type; EEXIST: it is attached there already; ERANGE: the hook is full; ESTALE: its list has another revision; ENOENT: the neighbour is not in it.</exception>
    public BpfLink AttachHook(Hook hook, HookPlace? place = null)
    {
        ArgumentNullException.ThrowIfNull(hook);
        place ??= HookPlace.Last;
        int result = Engine.LinkCreateTcx(Descriptor, hook.Handle.Descriptor, hook.AttachType, (uint)place.Flags, place.Id, place.ExpectedRevision);
        return Attachments.Link(Engine, result, $"attach '{Name}' to hook {hook.Id}");
    }
}
