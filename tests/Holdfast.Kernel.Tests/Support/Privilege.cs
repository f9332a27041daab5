using Holdfast.Isa.Abi;

namespace Holdfast.Kernel.Tests.Support;

/// <summary>Skips what this process is not allowed to do, after trying.</summary>
internal static class Privilege
{
    /// <summary>Skips unless the kernel lets this process create maps and load programs.</summary>
    public static void Require()
    {
        using Bpf bpf = Bpf.OpenKernel();
        try
        {
            bpf.CreateMap(MapType.Array, 4, 4, 1).Dispose();
        }
        catch (BpfException failure) when (failure.Errno is Errno.EPERM or Errno.ENOSYS)
        {
            Assert.Skip(failure.Message);
        }
    }
}
