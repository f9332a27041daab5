namespace Holdfast.Kernel.Interop;

/// <summary>Flags of open(2).</summary>
internal static class OpenFlags
{
    /// <summary><c>O_RDONLY</c></summary>
    public const int ReadOnly = 0;

    /// <summary><c>O_CLOEXEC</c></summary>
    public const int CloseOnExec = 0x80000;
}
