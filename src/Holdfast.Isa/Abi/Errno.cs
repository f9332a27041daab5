namespace Holdfast.Isa.Abi;

/// <summary>Linux error numbers (x86-64 and arm64 agree on all of these).</summary>
public enum Errno
{
    /// <summary>No error.</summary>
    None = 0,

    /// <summary><c>EPERM</c>: Operation not permitted.</summary>
    EPERM = 1,

    /// <summary><c>ENOENT</c>: No such file or directory.</summary>
    ENOENT = 2,

    /// <summary><c>EINTR</c>: Interrupted system call.</summary>
    EINTR = 4,

    /// <summary><c>EIO</c>: Input/output error.</summary>
    EIO = 5,

    /// <summary><c>ENXIO</c>: No such device or address.</summary>
    ENXIO = 6,

    /// <summary><c>E2BIG</c>: Argument list too long.</summary>
    E2BIG = 7,

    /// <summary><c>EBADF</c>: Bad file descriptor.</summary>
    EBADF = 9,

    /// <summary><c>EAGAIN</c>: Resource temporarily unavailable.</summary>
    EAGAIN = 11,

    /// <summary><c>ENOMEM</c>: Cannot allocate memory.</summary>
    ENOMEM = 12,

    /// <summary><c>EACCES</c>: Permission denied.</summary>
    EACCES = 13,

    /// <summary><c>EFAULT</c>: Bad address.</summary>
    EFAULT = 14,

    /// <summary><c>EBUSY</c>: Device or resource busy.</summary>
    EBUSY = 16,

    /// <summary><c>EEXIST</c>: File exists.</summary>
    EEXIST = 17,

    /// <summary><c>EXDEV</c>: Invalid cross-device link.</summary>
    EXDEV = 18,

    /// <summary><c>ENODEV</c>: No such device.</summary>
    ENODEV = 19,

    /// <summary><c>ENOTDIR</c>: Not a directory.</summary>
    ENOTDIR = 20,

    /// <summary><c>EISDIR</c>: Is a directory.</summary>
    EISDIR = 21,

    /// <summary><c>EINVAL</c>: Invalid argument.</summary>
    EINVAL = 22,

    /// <summary><c>ENFILE</c>: Too many open files in system.</summary>
    ENFILE = 23,

    /// <summary><c>EMFILE</c>: Too many open files.</summary>
    EMFILE = 24,

    /// <summary><c>ETXTBSY</c>: Text file busy.</summary>
    ETXTBSY = 26,

    /// <summary><c>EFBIG</c>: File too large.</summary>
    EFBIG = 27,

    /// <summary><c>ENOSPC</c>: No space left on device.</summary>
    ENOSPC = 28,

    /// <summary><c>EROFS</c>: Read-only file system.</summary>
    EROFS = 30,

    /// <summary><c>EMLINK</c>: Too many links.</summary>
    EMLINK = 31,

    /// <summary><c>EPIPE</c>: Broken pipe.</summary>
    EPIPE = 32,

    /// <summary><c>EDOM</c>: Numerical argument out of domain.</summary>
    EDOM = 33,

    /// <summary><c>ERANGE</c>: Numerical result out of range.</summary>
    ERANGE = 34,

    /// <summary><c>EDEADLK</c>: Resource deadlock avoided.</summary>
    EDEADLK = 35,

    /// <summary><c>ENAMETOOLONG</c>: File name too long.</summary>
    ENAMETOOLONG = 36,

    /// <summary><c>ENOSYS</c>: Function not implemented.</summary>
    ENOSYS = 38,

    /// <summary><c>ENOTEMPTY</c>: Directory not empty.</summary>
    ENOTEMPTY = 39,

    /// <summary><c>ELOOP</c>: Too many levels of symbolic links.</summary>
    ELOOP = 40,

    /// <summary><c>ENOMSG</c>: No message of desired type.</summary>
    ENOMSG = 42,

    /// <summary><c>ENODATA</c>: No data available.</summary>
    ENODATA = 61,

    /// <summary><c>ENOLINK</c>: Link has been severed.</summary>
    ENOLINK = 67,

    /// <summary><c>EPROTO</c>: Protocol error.</summary>
    EPROTO = 71,

    /// <summary><c>EBADMSG</c>: Bad message.</summary>
    EBADMSG = 74,

    /// <summary><c>EOVERFLOW</c>: Value too large for defined data type.</summary>
    EOVERFLOW = 75,

    /// <summary><c>EBADFD</c>: File descriptor in bad state.</summary>
    EBADFD = 77,

    /// <summary><c>EILSEQ</c>: Invalid or incomplete multibyte or wide character.</summary>
    EILSEQ = 84,

    /// <summary><c>ENOTSOCK</c>: Socket operation on non-socket.</summary>
    ENOTSOCK = 88,

    /// <summary><c>EMSGSIZE</c>: Message too long.</summary>
    EMSGSIZE = 90,

    /// <summary><c>EPROTONOSUPPORT</c>: Protocol not supported.</summary>
    EPROTONOSUPPORT = 93,

    /// <summary><c>EOPNOTSUPP</c>: Operation not supported.</summary>
    EOPNOTSUPP = 95,

    /// <summary><c>EAFNOSUPPORT</c>: Address family not supported by protocol.</summary>
    EAFNOSUPPORT = 97,

    /// <summary><c>EADDRINUSE</c>: Address already in use.</summary>
    EADDRINUSE = 98,

    /// <summary><c>ENETDOWN</c>: Network is down.</summary>
    ENETDOWN = 100,

    /// <summary><c>ENOBUFS</c>: No buffer space available.</summary>
    ENOBUFS = 105,

    /// <summary><c>ETIMEDOUT</c>: Connection timed out.</summary>
    ETIMEDOUT = 110,

    /// <summary><c>ECONNREFUSED</c>: Connection refused.</summary>
    ECONNREFUSED = 111,

    /// <summary><c>EINPROGRESS</c>: Operation now in progress.</summary>
    EINPROGRESS = 115,

    /// <summary><c>ESTALE</c>: Stale file handle.</summary>
    ESTALE = 116,

    /// <summary><c>EDQUOT</c>: Disk quota exceeded.</summary>
    EDQUOT = 122,

    /// <summary><c>ECANCELED</c>: Operation canceled.</summary>
    ECANCELED = 125,

    /// <summary><c>EOWNERDEAD</c>: Owner died.</summary>
    EOWNERDEAD = 130,

    /// <summary><c>EALREADY</c>: Operation already in progress.</summary>
    EALREADY = 114,

    /// <summary><c>ENOTSUPP</c>: not supported (kernel-internal number that bpf(2) lets out).</summary>
    ENOTSUPP = 524,
}
