using Holdfast.Isa.Abi;

namespace Holdfast.Kernel.Diagnosis;

/// <summary>Keeps, for each thread, cause and remedy of its last failed command, where more is known than the error number.</summary>
internal static class Failures
{
    [ThreadStatic]
    private static string? _last;

    /// <summary>The calling thread's last cause.</summary>
    public static string? Last => _last;

    /// <summary>Forgets the last cause.</summary>
    public static void Clear() => _last = null;

    /// <summary>Notes a cause.</summary>
    /// <returns>The answer.</returns>
    public static int Of(int result, string? cause)
    {
        _last = cause;
        return result;
    }

    /// <summary>Notes a cause.</summary>
    /// <returns>The negated error number.</returns>
    public static int Of(Errno errno, string cause) => Of(-(int)errno, cause);
}
