using Holdfast.Isa.Abi;

namespace Holdfast.Userspace.Helpers;

/// <summary>Negated error numbers as helpers return them.</summary>
internal static class HelperError
{
    public static readonly ulong InvalidArgument = Of(Errno.EINVAL);
    public static readonly ulong BadAddress = Of(Errno.EFAULT);
    public static readonly ulong TooBig = Of(Errno.E2BIG);
    public static readonly ulong NoMemory = Of(Errno.ENOMEM);
    public static readonly ulong NotSupported = Of(Errno.ENOTSUPP);
    public static readonly ulong OperationNotSupported = Of(Errno.EOPNOTSUPP);
    public static readonly ulong NoDevice = Of(Errno.ENODEV);
    public static readonly ulong Denied = Of(Errno.EACCES);
    public static readonly ulong OutOfRange = Of(Errno.ERANGE);

    public static ulong Of(Errno errno) => unchecked((ulong)-(long)errno);
}
