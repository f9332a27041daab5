using Holdfast.Isa.Abi;
using Microsoft.Win32.SafeHandles;

namespace Holdfast;

/// <summary>A live link: it keeps a program attached for as long as a descriptor or a pin refers to it.</summary>
public sealed class BpfLink : BpfHandle, IBpfAttachment
{
    internal BpfLink(IBpfEngine engine, int descriptor)
        : base(engine, descriptor)
    {
        LinkInfo info = default;
        int result = engine.Info(descriptor, ref info);
        if (result < 0)
        {
            Handle.Dispose();
            Failure.Throw(engine, result, "link info");
        }

        Id = info.Id;
        Type = info.Type;
    }

    /// <summary>The link's id.</summary>
    public uint Id { get; }

    /// <summary>The link's type.</summary>
    public LinkType Type { get; }

    /// <summary>Asks what the link attaches to what, as it is now.</summary>
    /// <returns>Program and target; a detached link has lost its target.</returns>
    /// <exception cref="BpfException">The engine refused.</exception>
    public LinkDetails ReadDetails()
    {
        byte[] name = new byte[256];
        int result = Engine.LinkInfo(Descriptor, out LinkInfo info, name);
        if (result == -(int)Errno.ENOSPC)
            result = Engine.LinkInfo(Descriptor, out info, name = new byte[4096]); // a probed file's path can be this long
        Failure.Check(Engine, result, $"info of link {Id}");
        return LinkDetails.From(info, name);
    }

    /// <inheritdoc/>
    public void Update(BpfProgram program) => Update(program, null);

    /// <summary>Puts another program into the link, in one step.</summary>
    /// <param name="program">The new program.</param>
    /// <param name="expected">The program that must be there now, or null for any.</param>
    /// <exception cref="BpfException">EPERM: another program is there; EINVAL: this type of link can't be updated so.</exception>
    public void Update(BpfProgram program, BpfProgram? expected)
    {
        ArgumentNullException.ThrowIfNull(program);
        CheckUpdate(Engine.LinkUpdate(Descriptor, program.Handle.Descriptor, expected?.Handle.Descriptor), expected?.Name);
    }

    /// <summary>Puts another map's operations into a struct_ops link, in one step.</summary>
    /// <param name="map">The new map, of the same operations and made with <c>BPF_F_LINK</c>.</param>
    /// <param name="expected">The map that must be there now, or null for any.</param>
    /// <exception cref="BpfException">EPERM: another map is there; EINVAL: the maps don't fit.</exception>
    public void Update(BpfMap map, BpfMap? expected = null)
    {
        ArgumentNullException.ThrowIfNull(map);
        CheckUpdate(Engine.LinkUpdate(Descriptor, map.Handle.Descriptor, expected?.Handle.Descriptor), expected?.Name);
    }

    /// <summary>Takes the program off its target; the link stays, attached to nothing.</summary>
    /// <exception cref="BpfException">EOPNOTSUPP: this type of link ends only with its last reference.</exception>
    public void Detach()
    {
        int result = Engine.LinkDetach(Descriptor);
        if (result == -(int)Errno.EOPNOTSUPP)
            throw new BpfException(Errno.EOPNOTSUPP, $"detach of link {Id}: links of type {Type} end only with their last reference; dispose it, and unpin it [{Errno.EOPNOTSUPP}]");
        Failure.Check(Engine, result, $"detach of link {Id}");
    }

    /// <summary>Runs an iterator: what its program writes is read from the stream.</summary>
    /// <returns>A stream of one run, from its beginning; several can be open.</returns>
    /// <exception cref="BpfException">EINVAL: the link is no iterator's.</exception>
    public Stream OpenIterator()
    {
        int descriptor = Failure.Check(Engine, Engine.IterCreate(Descriptor), $"iterator of link {Id}");

        // No buffer: the kernel runs the program as it is read.
        return new FileStream(new SafeFileHandle(descriptor, ownsHandle: true), FileAccess.Read, bufferSize: 0);
    }

    private void CheckUpdate(int result, string? expected)
    {
        if (result == -(int)Errno.EPERM && expected is not null)
            throw new BpfException(Errno.EPERM, $"update of link {Id}: something other than '{expected}' is in it now [{Errno.EPERM}]");
        if (result == -(int)Errno.EINVAL)
            throw new BpfException(Errno.EINVAL, $"update of link {Id}: what is put in must be of the type and attach type of what is there, and the link attached [{Errno.EINVAL}]");
        Failure.Check(Engine, result, $"update of link {Id}");
    }
}
