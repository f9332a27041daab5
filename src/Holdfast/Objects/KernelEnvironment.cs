using System.IO.Compression;
using Holdfast.Btf;
using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>What objects may ask of the kernel that they are loaded for: types and configuration; read at first need.</summary>
internal sealed class KernelEnvironment(BpfLoadOptions options)
{
    private const string BtfPath = "/sys/kernel/btf/vmlinux";

    private static readonly Lazy<BtfGraph?> RunningTypes = new(ReadTypes);
    private static readonly Lazy<IReadOnlyDictionary<string, string>> RunningConfig = new(ReadConfig);

    /// <summary>The kernel's types, or null.</summary>
    public BtfGraph? Types => options.KernelBtf ?? RunningTypes.Value;

    /// <summary>The kernel's types.</summary>
    /// <param name="what">What asks for them.</param>
    public BtfGraph RequireTypes(string what) => Types ?? throw new BpfException(
        Errno.ENOTSUPP, $"{what} needs the kernel's types, and there is no {BtfPath}; give BpfLoadOptions.KernelBtf [{Errno.ENOTSUPP}]");

    /// <summary>A value of the configuration, or null.</summary>
    public string? ConfigOf(string name) => (options.KernelConfig ?? RunningConfig.Value).GetValueOrDefault(name) ?? BuiltIn(name);

    private static string? BuiltIn(string name)
    {
        Version version = Environment.OSVersion.Version;
        return name switch
        {
            "LINUX_KERNEL_VERSION" => $"{(version.Major << 16) | (version.Minor << 8) | Math.Min(version.Build, 255)}",
            "LINUX_HAS_BPF_COOKIE" or "LINUX_HAS_SYSCALL_WRAPPER" => "y",
            _ => null,
        };
    }

    private static BtfGraph? ReadTypes() =>
        File.Exists(BtfPath) && BtfGraph.TryRead(File.ReadAllBytes(BtfPath), null, out BtfGraph? graph, out _) ? graph : null;

    private static Dictionary<string, string> ReadConfig()
    {
        Dictionary<string, string> values = [];
        string release = File.Exists("/proc/sys/kernel/osrelease") ? File.ReadAllText("/proc/sys/kernel/osrelease").Trim() : "";
        string[] places = [$"/boot/config-{release}", "/proc/config.gz"];
        if (places.FirstOrDefault(File.Exists) is not { } place)
            return values;
        using Stream file = File.OpenRead(place);
        using Stream text = place.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var reader = new StreamReader(text);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith("CONFIG_", StringComparison.Ordinal) && line.IndexOf('=', StringComparison.Ordinal) is > 0 and var split)
                values[line[..split]] = line[(split + 1)..];
        }

        return values;
    }
}
