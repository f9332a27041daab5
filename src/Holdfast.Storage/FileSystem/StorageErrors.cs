using Holdfast.Isa.Abi;

namespace Holdfast.Storage.FileSystem;

/// <summary>Puts an errno into words. Cold: called only when something has failed.</summary>
internal static class StorageErrors
{
    /// <summary>An error with a text of its own.</summary>
    internal static StorageError Of(Errno errno, string message) => new(errno, message);

    /// <summary>An error of a system call on a thing: what was attempted, and what the number usually means there.</summary>
    /// <param name="result">Negated errno.</param>
    /// <param name="attempt">What was attempted, as <c>cannot …</c> continues it.</param>
    internal static StorageError Call(int result, string attempt)
    {
        Errno errno = (Errno)(-result);
        return new(errno, $"cannot {attempt}: {Reason(errno)}");
    }

    /// <summary>The usual reason behind a number, with its remedy.</summary>
    internal static string Reason(Errno errno) => errno switch
    {
        Errno.EPERM => "operation not permitted",
        Errno.ENOENT => "no such file or directory",
        Errno.EACCES => "permission denied; ask the owner for access, or check the modes of the directories on the way",
        Errno.EEXIST => "the name exists; choose another, or remove it first",
        Errno.ENOTDIR => "a part of the path is not a directory",
        Errno.EISDIR => "it is a directory",
        Errno.ENAMETOOLONG => "a name is limited to 255 bytes and a path to 4095",
        Errno.ELOOP => "too many symbolic links, or one where none is allowed",
        Errno.ENOSPC => "the file system is full; unpin something, run gc, or enlarge it",
        Errno.EDQUOT => "the disk quota is used up",
        Errno.EROFS => "the file system is read-only",
        Errno.EXDEV => "it is on another file system, or behind another mount",
        Errno.EMLINK => "the file system allows no more links to this file",
        Errno.EMFILE => "this process has too many open files; raise ulimit -n",
        Errno.ENFILE => "the system has too many open files",
        Errno.ENOTEMPTY => "the directory is not empty",
        Errno.EBUSY => "it is in use",
        Errno.EBADF => "not an open descriptor, or not open for this",
        Errno.EFBIG => "the file system does not allow files of this size",
        Errno.EAGAIN => "another process holds its lock",
        Errno.EOPNOTSUPP => "the file system does not support it",
        Errno.EINVAL => "invalid argument",
        _ => errno.ToString(),
    };
}
