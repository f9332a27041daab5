using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>Names of pins, on either engine.</summary>
internal static class Pins
{
    /// <summary>Removes a pin.</summary>
    public static void Unpin(IBpfEngine engine, string path)
    {
        string full = PinPath.Resolve(engine, path);
        Failure.Check(engine, Require(engine).Unpin(full), $"unpin {full}");
    }

    /// <summary>The engine's mountable file systems of pins.</summary>
    /// <exception cref="BpfException">EOPNOTSUPP: it has none.</exception>
    public static IPinFileSystem Require(IBpfEngine engine) => engine as IPinFileSystem ?? throw new BpfException(
        Errno.EOPNOTSUPP,
        $"the {engine.Name} engine's directories of pins can't be mounted from here; its default one is {engine.DefaultMount} [{Errno.EOPNOTSUPP}]");
}
