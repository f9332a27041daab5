using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>Errors of map files: one line, with the place.</summary>
internal static class MapFileError
{
    /// <summary>A file isn't what it should be.</summary>
    public static BpfException At(string place, string what) => new(Errno.EINVAL, $"{place}: {what} [{Errno.EINVAL}]");
}
