using System.IO.Compression;
using Holdfast.Btf;
using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>What objects may ask of the kernel that they are loaded for: types, addresses and configuration; read at first need.</summary>
internal sealed class KernelEnvironment(Bpf bpf, BpfLoadOptions options) : IDisposable
{
    private static readonly Lazy<IReadOnlyDictionary<string, string>> RunningConfig = new(ReadConfig);

    private KernelModules? _modules;

    /// <summary>The types that layouts are taken from (CO-RE), or null.</summary>
    public BtfGraph? Types => options.KernelBtf ?? OwnTypes;

    /// <summary>
    /// The types that ids are of, or null: ids mean something only to the kernel that the program is loaded into, so what was given
    /// for its layouts serves only where it tells none itself.
    /// </summary>
    public BtfGraph? OwnTypes => bpf.KernelBtf ?? KernelBtfFile.Read(options.KernelBtfPath) ?? options.KernelBtf;

    /// <summary>The types that layouts are taken from.</summary>
    /// <param name="what">What asks for them.</param>
    public BtfGraph RequireTypes(string what) => Types ?? throw Missing(what);

    /// <summary>The types that ids are of.</summary>
    /// <param name="what">What asks for them.</param>
    public BtfGraph RequireOwnTypes(string what) => OwnTypes ?? throw Missing(what);

    /// <summary>Finds a type by name, in <c>vmlinux</c>, else in the modules.</summary>
    /// <param name="name">The name; <c>module:name</c> for one in that module only.</param>
    public KernelType? Find<T>(string name)
        where T : BtfType
    {
        if (OwnTypes is not { } types)
            return null;
        string? module = name.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon ? name[..colon] : null;
        if (module is not null)
            name = name[(module.Length + 1)..];
        if (module is null or "vmlinux" && types.FindByName<T>(name) is { } type)
            return new(types, type.Id, 0);
        if (_modules is null)
        {
            _modules = new(bpf.Engine);
            _modules.Read(types);
        }

        return _modules.Find<T>(name, module);
    }

    /// <summary>A value of the configuration, or null.</summary>
    public string? ConfigOf(string name) => (options.KernelConfig ?? RunningConfig.Value).GetValueOrDefault(name) ?? KernelFacts.ValueOf(name, bpf.Engine);

    /// <summary>What to do about a value that is missing.</summary>
    public string ConfigRemedy => options.KernelConfig is null && RunningConfig.Value.Count == 0
        ? "neither /boot nor /proc/config.gz tells the kernel's configuration; give BpfLoadOptions.KernelConfig, or declare it __weak"
        : "the kernel's configuration has no such value; give BpfLoadOptions.KernelConfig, or declare it __weak";

    public void Dispose() => _modules?.Dispose();

    private BpfException Missing(string what) => new(
        Errno.ENOTSUPP,
        $"{what} needs the kernel's types, and {options.KernelBtfPath} tells none; use a kernel built with CONFIG_DEBUG_INFO_BTF, or give BpfLoadOptions.KernelBtf [{Errno.ENOTSUPP}]");

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
