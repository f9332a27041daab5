using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace Holdfast.Storage.Memory;

/// <summary>
/// Open-file-description locks on single bytes: they belong to the description, so <c>dup</c>, <c>fork</c> and SCM_RIGHTS carry
/// them along and the kernel drops them with the last descriptor, however its holder died. (fcntl(2), F_OFD_SETLK)
/// </summary>
internal static unsafe class OfdLock
{
    /// <summary>The byte of an object's file that every open description of the object read-locks. Far past any data.</summary>
    internal const long LivenessByte = 1L << 62;

    /// <summary>Lease slot <c>i</c> of an object is byte <c>LeaseBase + i</c>; its holder write-locks it through a private description.</summary>
    internal const long LeaseBase = 1L << 61;

    /// <summary>The byte that the first opener of a boot write-locks while it repairs a map.</summary>
    internal const long RepairByte = LeaseBase - 1;

    /// <summary>The byte that the one reader (of a user ring: writer) in user space of a ring or of perf buffers write-locks through a private description.</summary>
    internal const long RingUserByte = LeaseBase - 2;

    /// <summary>The byte that each mapping of an array's values for writing read-locks through a private description, and a freeze write-locks.</summary>
    internal const long MappingByte = LeaseBase - 3;

    /// <summary>The byte that whoever changes a hook's list write-locks through a private description.</summary>
    internal const long HookByte = LeaseBase - 4;

    /// <summary>Takes the lock shared without waiting; zero, or <c>-EAGAIN</c> if another description holds it exclusively.</summary>
    internal static int TryShared(int descriptor, long offset) => Set(descriptor, F_OFD_SETLK, F_RDLCK, offset);

    /// <summary>Takes the lock exclusively without waiting; zero, or <c>-EAGAIN</c> if another description holds it.</summary>
    internal static int TryExclusive(int descriptor, long offset) => Set(descriptor, F_OFD_SETLK, F_WRLCK, offset);

    /// <summary>Takes the lock shared, waiting for an exclusive holder.</summary>
    internal static int Shared(int descriptor, long offset) => Wait(descriptor, F_RDLCK, offset);

    /// <summary>Takes the lock exclusively, waiting for other holders.</summary>
    internal static int Exclusive(int descriptor, long offset) => Wait(descriptor, F_WRLCK, offset);

    /// <summary>Drops the lock.</summary>
    internal static int Release(int descriptor, long offset) => Set(descriptor, F_OFD_SETLK, F_UNLCK, offset);

    /// <summary>Whether another description than this one holds the byte in any way.</summary>
    internal static bool IsHeldByOthers(int descriptor, long offset)
    {
        Posix.Interceptor?.Invoke("fcntl");
        flock request = Request(F_WRLCK, offset);

        // Safe: the kernel reads and writes exactly this local struct.
        int result = fcntl(descriptor, F_OFD_GETLK, &request);
        return result < 0 || request.l_type != (short)F_UNLCK;
    }

    private static int Wait(int descriptor, int type, long offset)
    {
        int result;
        do
            result = Set(descriptor, F_OFD_SETLKW, type, offset);
        while (result == -EINTR);
        return result;
    }

    private static int Set(int descriptor, int command, int type, long offset)
    {
        Posix.Interceptor?.Invoke("fcntl");
        flock request = Request(type, offset);

        // Safe: the kernel only reads this local struct.
        int result = fcntl(descriptor, command, &request);
        if (result >= 0)
            return 0;
        int error = System.Runtime.InteropServices.Marshal.GetLastPInvokeError();
        return error == EACCES ? -EAGAIN : -error;
    }

    private static flock Request(int type, long offset) => new()
    {
        l_type = (short)type,
        l_whence = (short)SEEK_SET,
        l_start = offset,
        l_len = 1,
    };
}
