using System.Globalization;
using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>Addresses of the kernel's symbols that its types don't tell, from <c>/proc/kallsyms</c>.</summary>
internal static class KernelSymbolAddresses
{
    private const string Place = "/proc/kallsyms";

    /// <summary>Finds the addresses of symbols in one pass over the some 100,000 lines.</summary>
    /// <param name="names">The symbols.</param>
    /// <returns>Those that are there.</returns>
    /// <exception cref="BpfException">EPERM: the kernel hides addresses; EINVAL: a symbol has several.</exception>
    public static Dictionary<string, ulong> Find(IReadOnlySet<string> names) =>
        File.Exists(Place) ? Find(names, File.ReadLines(Place)) : [];

    /// <inheritdoc cref="Find(IReadOnlySet{string})"/>
    /// <param name="names">The symbols.</param>
    /// <param name="lines">Address, type, name and, for modules, more.</param>
    internal static Dictionary<string, ulong> Find(IReadOnlySet<string> names, IEnumerable<string> lines)
    {
        Dictionary<string, ulong> found = [];
        foreach (string line in lines)
        {
            string[] words = line.Split([' ', '\t'], 4);
            if (words.Length < 3 || !names.Contains(words[2]) || !ulong.TryParse(words[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong address))
                continue;
            if (address == 0)
                throw new BpfException(Errno.EPERM, $"extern '{words[2]}': the kernel hides addresses ({Place} shows zeros); run as root, with the sysctl kernel.kptr_restrict at 1 or below [{Errno.EPERM}]");
            if (!found.TryAdd(words[2], address) && found[words[2]] != address)
                throw new BpfException(Errno.EINVAL, $"extern '{words[2]}': the kernel has several symbols of that name, at 0x{found[words[2]]:x} and 0x{address:x}; declare it with its type [{Errno.EINVAL}]");
        }

        return found;
    }
}
