using System.Net.Sockets;
using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast;

/// <summary>An open map, program, link or hook: a descriptor that keeps its object alive until it is disposed.</summary>
public abstract class BpfHandle : IDisposable
{
    private protected BpfHandle(IBpfEngine engine, int descriptor)
    {
        Engine = engine;
        Handle = new SafeBpfHandle(engine, descriptor);
    }

    /// <summary>The descriptor.</summary>
    public SafeBpfHandle Handle { get; }

    internal IBpfEngine Engine { get; }

    private protected int Descriptor => Handle.Descriptor;

    /// <summary>Gives the object a name that outlives this process (BPF_OBJ_PIN).</summary>
    /// <param name="path">A path below a mounted bpffs, or a bare name, which goes to the default mount.</param>
    /// <exception cref="BpfException">EPERM: outside a mount; EEXIST: the name is taken.</exception>
    public void Pin(string path)
    {
        string full = PinPath.Resolve(Engine, path);
        Failure.Check(Engine, Engine.Pin(Descriptor, full), $"pin {full}");
    }

    /// <summary>
    /// Gives the object a name in place of the object that has it now, in one step: whoever opens the name gets the one or the other. The
    /// name need not exist.
    /// </summary>
    /// <param name="path">A path below a mounted bpffs, or a bare name, which goes to the default mount.</param>
    /// <exception cref="BpfException">EPERM: outside a mount; EISDIR: a directory has the name; EACCES: what has it is no pin.</exception>
    public void Replace(string path)
    {
        string full = PinPath.Resolve(Engine, path);
        Failure.Check(Engine, Pins.Require(Engine).Replace(Descriptor, full), $"replace {full}");
    }

    /// <summary>Gives the object a name relative to an open directory (BPF_F_PATH_FD), wherever that has been moved to.</summary>
    /// <param name="directory">A descriptor of the directory; <c>O_PATH</c> is enough.</param>
    /// <param name="name">The name below it.</param>
    /// <exception cref="BpfException">EPERM: outside a mount; EEXIST: the name is taken; EBADF: no directory.</exception>
    public void Pin(SafeHandle directory, string name)
    {
        ArgumentNullException.ThrowIfNull(directory);
        using DescriptorUse use = new(directory);
        Failure.Check(Engine, Engine.Pin(Descriptor, name, use.Descriptor), $"pin {name}");
    }

    /// <summary>Sends the object to another process, which gets a descriptor of its own and keeps the object alive, already on the way (SCM_RIGHTS).</summary>
    /// <param name="socket">A connected Unix socket; see <see cref="Bpf.Receive"/>.</param>
    /// <exception cref="BpfException">EPIPE, ENOTCONN: nobody receives.</exception>
    public void Send(Socket socket)
    {
        using DescriptorUse use = new(UnixSockets.HandleOf(socket));
        Errno failure = DescriptorPassing.Send(use.Descriptor, Descriptor);
        if (failure != Errno.None)
            throw new BpfException(failure, $"send an object: the socket has no receiver [{failure}]");
    }

    /// <summary>Removes a name; the object lives on while this or anything else refers to it.</summary>
    /// <param name="path">The pin.</param>
    /// <exception cref="BpfException">ENOENT: there is no such pin; EINVAL: it is none.</exception>
    public void Unpin(string path) => Pins.Unpin(Engine, path);

    /// <summary>What the kernel's <c>/proc/self/fdinfo</c> says of such a descriptor, without the lines that any file has: type, sizes, flags, id, …</summary>
    /// <returns>Lines of <c>name:</c>, a tab and the value.</returns>
    /// <exception cref="BpfException">The object is damaged.</exception>
    public string ReadFdInfo()
    {
        Failure.Check(Engine, ((IObjectInspection)Engine).ReadFdInfo(Descriptor, out string text), "read what is told of the descriptor");
        return text;
    }

    /// <summary>Closes the descriptor; the object lives on while anything else refers to it.</summary>
    public void Dispose()
    {
        CloseMore();
        Handle.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes what a kind of object has besides its descriptor.</summary>
    private protected virtual void CloseMore()
    {
    }
}
