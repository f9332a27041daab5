using System.Net.Sockets;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;
using Microsoft.Win32.SafeHandles;

namespace Holdfast;

/// <content>Objects by number, and from other processes.</content>
public sealed partial class Bpf
{
    /// <summary>The numbered nodes of objects, in the directory <c>dev</c> of <see cref="DefaultMount"/>.</summary>
    public BpfNodes Nodes => new(this);

    /// <summary>Receives an object that another process sent with <see cref="BpfHandle.Send"/>, or with SCM_RIGHTS by any other means and one byte of data.</summary>
    /// <param name="socket">A connected Unix socket that waits.</param>
    /// <returns>A <see cref="BpfMap"/>, <see cref="BpfProgram"/> or <see cref="BpfLink"/>. Who may not write the file of an object may only read it.</returns>
    /// <exception cref="BpfException">EPIPE: the sender is gone; ENOMSG: what came has no descriptor; EINVAL: what came is no object of this engine.</exception>
    public BpfHandle Receive(Socket socket)
    {
        using DescriptorUse use = new(UnixSockets.HandleOf(socket));
        Errno failure = DescriptorPassing.TryReceive(use.Descriptor, out int descriptor);
        if (failure != Errno.None)
            throw new BpfException(failure, $"receive an object: {(failure == Errno.ENOMSG ? "the message came without a descriptor" : "nothing more comes from the sender")} [{failure}]");
        if (Engine.KindOf(descriptor) != ObjectKind.None)
            return Adopt(descriptor);
        new SafeFileHandle(descriptor, ownsHandle: true).Dispose();
        throw new BpfException(Errno.EINVAL, $"receive an object: what came is none of the {Engine.Name} engine's [{Errno.EINVAL}]");
    }
}
