using System.Diagnostics.CodeAnalysis;
using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>Turns negated error numbers into exceptions, out of the way of hot paths.</summary>
internal static class Failure
{
    /// <summary>Throws what a failed command means.</summary>
    /// <param name="engine">The engine that answered.</param>
    /// <param name="result">Its answer, below zero.</param>
    /// <param name="what">What was attempted, e.g. <c>pin /run/x</c>.</param>
    [DoesNotReturn]
    public static void Throw(IBpfEngine engine, int result, string what)
    {
        Errno errno = (Errno)(-result);
        string cause = engine.LastFailure ?? Describe(errno);
        throw new BpfException(errno, Names(cause, what) ? $"{cause} [{errno}]" : $"{what}: {cause} [{errno}]");
    }

    /// <summary>Whether a cause names the path of what was attempted, and so is a sentence of its own: <c>cannot pin at /run/x: …</c> of <c>pin /run/x</c>.</summary>
    private static bool Names(string cause, string what)
    {
        string path = what[(what.IndexOf(' ', StringComparison.Ordinal) + 1)..];
        int at = path.StartsWith('/') ? cause.IndexOf(path, StringComparison.Ordinal) : -1;
        return at >= 0 && cause.AsSpan(at + path.Length) is var rest && (rest.IsEmpty || rest[0] is ' ' or ':' or ';' or ',');
    }

    /// <summary>Throws if a command failed.</summary>
    /// <returns>The answer, zero or above.</returns>
    public static int Check(IBpfEngine engine, int result, string what)
    {
        if (result < 0)
            Throw(engine, result, what);
        return result;
    }

    /// <summary>What to say of a type that the engine doesn't have at all.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="result">Its answer, below zero.</param>
    /// <param name="what">What was attempted.</param>
    /// <param name="kind">What is missing, e.g. <c>map type</c>.</param>
    public static BpfException Unsupported(IBpfEngine engine, int result, string what, string kind) => new(
        (Errno)(-result), $"{what}: the {engine.Name} engine has no such {kind} here; 'holdfast feature' lists what both engines have [{(Errno)(-result)}]");

    private static string Describe(Errno errno) => errno switch
    {
        Errno.EPERM => "not permitted: the engine wants more privilege, the place is outside a mounted bpffs, or the map forbids it",
        Errno.ENOENT => "there is no such name, id or key",
        Errno.EEXIST => "it exists already",
        Errno.E2BIG => "it is full, or larger than allowed",
        Errno.EACCES => "permission denied, or the program was rejected",
        Errno.EBADF => "the descriptor is not open",
        Errno.EINVAL => "an argument is not valid for this kind of object",
        Errno.ENOSPC => "no space left",
        Errno.ENOMEM => "out of memory, or a size is absurd",
        Errno.ENOTSUPP or Errno.EOPNOTSUPP => "this kind of object does not support that",
        Errno.ENOSYS => "the running kernel has no bpf(2)",
        Errno.EBUSY => "it is in use",
        Errno.EXDEV => "the target is on another file system or mount than the object's store",
        _ => "the command failed",
    };
}
