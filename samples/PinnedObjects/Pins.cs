using Holdfast;
using Holdfast.Isa.Abi;

namespace PinnedObjects;

/// <summary>What both sessions do with names.</summary>
internal static class Pins
{
    public static void RemoveIfThere(Bpf bpf, string path)
    {
        try
        {
            bpf.Unpin(path);
            Console.WriteLine($"unlinked {path}");
        }
        catch (BpfException exception) when (exception.Errno == Errno.ENOENT)
        {
            Console.WriteLine($"nothing at {path} yet");
        }
    }
}
