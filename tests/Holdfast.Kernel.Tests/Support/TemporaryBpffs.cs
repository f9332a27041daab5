namespace Holdfast.Kernel.Tests.Support;

/// <summary>The kernel's engine and a bpffs of its own for one test, gone after it. Skipped, with the reason found, where none can be mounted.</summary>
internal sealed class TemporaryBpffs : IDisposable
{
    public TemporaryBpffs(string options = "")
    {
        Path = Directory.CreateTempSubdirectory("holdfast-kernel-test-").FullName;
        try
        {
            Bpf.Mount(Path, options);
        }
        catch (BpfException failure) when (failure.Errno is Holdfast.Isa.Abi.Errno.EPERM or Holdfast.Isa.Abi.Errno.ENODEV)
        {
            Directory.Delete(Path);
            Assert.Skip(failure.Message);
        }
    }

    public Bpf Bpf { get; } = Bpf.OpenKernel();

    public string Path { get; }

    public string Pin(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        if (Bpf.Mounts.Any(mount => mount.Path == Path))
            Unmount();
        Bpf.Dispose();
        Directory.Delete(Path);
    }

    /// <summary>A child that another test has just started holds copies of all descriptors until exec: it is given two seconds.</summary>
    private void Unmount()
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                Bpf.Unmount(Path);
                return;
            }
            catch (BpfException failure) when (failure.Errno == Holdfast.Isa.Abi.Errno.EBUSY && attempt < 100)
            {
                Thread.Sleep(20);
            }
        }
    }
}
