using System.Diagnostics;
using Holdfast.Isa.Abi;

namespace Holdfast.Tests.Engines;

/// <summary>One of the two engines with a directory to pin in, both made for one test and gone after it.</summary>
public sealed class EngineUnderTest : IDisposable
{
    private readonly string _folder;
    private readonly bool _mounted;
    private bool _skipped;

    private EngineUnderTest(Bpf bpf, string folder, bool mounted)
    {
        Bpf = bpf;
        _folder = folder;
        _mounted = mounted;
    }

    public Bpf Bpf { get; }

    /// <summary>A directory in a mounted bpffs.</summary>
    public string Pins => _mounted ? _folder : Bpf.DefaultMount;

    public bool IsKernel => _mounted;

    public static TheoryData<string> Names => ["user", "kernel"];

    /// <summary>Opens an engine; the kernel's is skipped, with the reason found, where it can't be used.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="forVerdicts">Whether the userspace engine is to load programs too that it can verify but not run.</param>
    /// <param name="interpreted">Whether the userspace engine is to run programs by its interpreter.</param>
    public static EngineUnderTest Open(string name, bool forVerdicts = false, bool interpreted = false)
    {
        string folder = Directory.CreateTempSubdirectory("holdfast-test-").FullName;
        if (name == "user")
        {
            Directory.Delete(folder);
            folder = Path.Combine("/dev/shm", Path.GetFileName(folder));
            return new(Bpf.Open(new BpfOptions { Store = folder, AllowUnrunnablePrograms = forVerdicts, UseInterpreter = interpreted }), folder, mounted: false);
        }

        if (Run("mount", "-t", "bpf", "bpf", folder) is { Length: > 0 } reason)
        {
            Directory.Delete(folder);
            Assert.Skip($"no bpffs can be mounted here: {reason}");
        }

        return new(Bpf.OpenKernel(), folder, mounted: true);
    }

    public string Pin(string name) => Path.Combine(Pins, name);

    /// <summary>Creates a map of a kind that the userspace engine may not have yet: then the test is skipped, with the engine's own words.</summary>
    public BpfMap CreateMapOrSkip(MapType type, int keySize, int valueSize, uint maxEntries)
    {
        try
        {
            return Bpf.CreateMap(type, keySize, valueSize, maxEntries);
        }
        catch (BpfException failure) when (!IsKernel && failure.Message.Contains("kernel engine", StringComparison.Ordinal))
        {
            _skipped = true;
            Assert.Skip(failure.Message);
            throw;
        }
    }

    public void Dispose()
    {
        if (!_skipped)
            BothEngines.Ran(Bpf.Engine.Name);
        Bpf.Dispose();
        if (_mounted)
            Unmount();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A child that another test has just started holds copies of all descriptors until exec: it is given two seconds.</summary>
    private void Unmount()
    {
        string error = Run("umount", _folder);
        for (int attempt = 1; error.Contains("busy", StringComparison.Ordinal) && attempt < 100; attempt++)
        {
            Thread.Sleep(20);
            error = Run("umount", _folder);
        }

        Assert.Equal("", error);
    }

    private static string Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        string error = process.StandardError.ReadToEnd().Trim();
        process.WaitForExit();
        return process.ExitCode == 0 ? "" : error.Length > 0 ? error : $"{program} exited with {process.ExitCode}";
    }
}
