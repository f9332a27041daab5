using Holdfast.Btf;

namespace Holdfast;

/// <summary>How an object is loaded.</summary>
public sealed record BpfLoadOptions
{
    /// <summary>Where maps that ask for a pin by name are found or pinned; by default the engine's default mount.</summary>
    public string? PinDirectory { get; init; }

    /// <summary>
    /// Types that CO-RE relocations are answered from; by default those at <see cref="KernelBtfPath"/>. Ids of attach targets and kernel
    /// symbols are taken from these only if the kernel that is loaded into tells no types itself.
    /// </summary>
    public BtfGraph? KernelBtf { get; init; }

    /// <summary>The file of the running kernel's own types, read when needed.</summary>
    public string KernelBtfPath { get; init; } = "/sys/kernel/btf/vmlinux";

    /// <summary>
    /// Values of the kernel's configuration for <c>__kconfig</c> symbols, such as <c>CONFIG_HZ</c> = <c>250</c>; by default the running kernel's,
    /// read when needed.
    /// </summary>
    public IReadOnlyDictionary<string, string>? KernelConfig { get; init; }

    /// <summary>Programs that <c>freplace</c> programs replace a function of, or that <c>fentry</c> and <c>fexit</c> programs trace one of, by the name of the loaded one.</summary>
    public IReadOnlyDictionary<string, BpfProgram> ReplacedPrograms { get; init; } = new Dictionary<string, BpfProgram>();

    /// <summary>
    /// Live maps to use in place of the object's own, by name in the object. They must be of the shape declared, and stay their owner's.
    /// </summary>
    public IReadOnlyDictionary<string, BpfMap> ReplacedMaps { get; init; } = new Dictionary<string, BpfMap>();

    /// <summary>Verifier log level bits: 1 and 2 path and state, 4 statistics. A rejection always comes with a log.</summary>
    public uint LogLevel { get; init; }

    /// <summary>Keep going when a program is rejected: it is left out and listed in <see cref="BpfObject.Rejections"/>.</summary>
    public bool KeepGoing { get; init; }
}
