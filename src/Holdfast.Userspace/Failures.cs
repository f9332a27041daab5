using Holdfast.Isa.Abi;
using Holdfast.Storage;

namespace Holdfast.Userspace;

/// <summary>Keeps, for each thread, the one-line cause of its last failed command, beside the error number that bpf(2) returns.</summary>
internal static class Failures
{
    [ThreadStatic]
    private static string? _last;

    /// <summary>The calling thread's last cause.</summary>
    public static string? Last => _last;

    /// <summary>Forgets the last cause, before a new command.</summary>
    public static void Clear() => _last = null;

    /// <summary>Notes a cause.</summary>
    /// <returns>The negated error number.</returns>
    public static int Of(Errno errno, string message)
    {
        _last = message;
        return -(int)errno;
    }

    /// <summary>Notes a cause that storage found.</summary>
    /// <returns>The negated error number.</returns>
    public static int Of(StorageError error) => Of(error.Errno, error.Message);
}
