using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.Memory;

/// <summary>Passes one descriptor over a Unix socket (SCM_RIGHTS): the open file description travels, with its lock, also while in flight.</summary>
public static unsafe partial class DescriptorPassing
{
    // struct cmsghdr of 64-bit Linux: length (8), level (4), type (4); then the descriptor, padded to eight bytes.
    private const int HeaderLength = 16;
    private const int ControlLength = HeaderLength + sizeof(long);
    private const int RightsType = 1;
    private const int SocketLevel = 1;
    private const int CloseOnExecFlag = 0x40000000;
    private const int TruncatedFlag = 8;

    /// <summary>Sends a descriptor with one byte of data.</summary>
    /// <param name="socket">A connected Unix socket.</param>
    /// <param name="descriptor">The descriptor; the sender keeps its own.</param>
    /// <returns><see cref="Errno.None"/>, or why not.</returns>
    public static Errno Send(int socket, int descriptor)
    {
        byte data = 0;
        long* control = stackalloc long[ControlLength / sizeof(long)];
        control[0] = HeaderLength + sizeof(int);
        control[1] = SocketLevel | ((long)RightsType << 32);
        control[2] = (uint)descriptor;
        Vector vector = new() { Base = &data, Length = 1 };
        Message message = new() { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = ControlLength };

        // Safe: all that the message points to lives on this stack frame for the length of the call.
        return SendMessage(socket, &message, 0) < 0 ? (Errno)Marshal.GetLastPInvokeError() : Errno.None;
    }

    /// <summary>Receives a descriptor.</summary>
    /// <param name="socket">A connected Unix socket.</param>
    /// <param name="descriptor">The descriptor, close-on-exec, the caller's to close; −1 on failure.</param>
    /// <returns><see cref="Errno.None"/>; <c>ENOMSG</c> if data came without one; <c>EPIPE</c> at the end.</returns>
    public static Errno TryReceive(int socket, out int descriptor)
    {
        descriptor = -1;
        byte data = 0;
        long* control = stackalloc long[ControlLength / sizeof(long)];
        new Span<long>(control, ControlLength / sizeof(long)).Clear();
        Vector vector = new() { Base = &data, Length = 1 };
        Message message = new() { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = ControlLength };

        // Safe: the kernel writes at most the lengths given, all on this stack frame.
        nint count = ReceiveMessage(socket, &message, CloseOnExecFlag);
        if (count < 0)
            return (Errno)Marshal.GetLastPInvokeError();
        if (count == 0)
            return Errno.EPIPE;
        bool carries = message.ControlLength >= HeaderLength + sizeof(int) && (message.Flags & TruncatedFlag) == 0
            && control[0] == HeaderLength + sizeof(int) && control[1] == (SocketLevel | ((long)RightsType << 32));
        if (!carries)
            return Errno.ENOMSG;
        descriptor = (int)control[2];
        return Errno.None;
    }

    /// <summary>A connected pair of Unix sockets, for tests and for handing one to a child.</summary>
    internal static (int First, int Second) SocketPair()
    {
        int* pair = stackalloc int[2];
        if (socketpair(1, 1 | O_CLOEXEC, 0, pair) < 0)
            throw new IOException($"socketpair: {(Errno)Marshal.GetLastPInvokeError()}");
        return (pair[0], pair[1]);
    }

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint SendMessage(int socket, Message* message, int flags);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    private static partial nint ReceiveMessage(int socket, Message* message, int flags);

    [StructLayout(LayoutKind.Sequential)]
    private struct Vector
    {
        public void* Base;
        public nuint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Message
    {
        public void* Name;
        public uint NameLength;
        public Vector* Vectors;
        public nuint VectorCount;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }
}
