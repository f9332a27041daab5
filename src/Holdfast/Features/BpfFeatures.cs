using System.Collections.Concurrent;
using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>
/// What an engine supports, found by trying: tiny maps are created and tiny programs loaded, and let go at once. An answer is kept for as
/// long as the process lives: neither a running kernel nor this library grows new ones.
/// </summary>
public sealed class BpfFeatures
{
    private static readonly ConcurrentDictionary<(string Engine, MapType Type), bool> Maps = new();
    private static readonly ConcurrentDictionary<(string Engine, ProgramType Type), bool> Programs = new();
    private static readonly ConcurrentDictionary<(string Engine, ProgramType Type, HelperId Helper), bool?> Helpers = new();

    private readonly IBpfEngine _engine;

    internal BpfFeatures(IBpfEngine engine)
    {
        _engine = engine;
    }

    /// <summary>All map types that there are names for.</summary>
    public static IReadOnlyList<MapType> KnownMapTypes { get; } = [.. Enum.GetValues<MapType>().Where(type => type != MapType.Unspec)];

    /// <summary>All program types that there are names for.</summary>
    public static IReadOnlyList<ProgramType> KnownProgramTypes { get; } = [.. Enum.GetValues<ProgramType>().Where(type => type != ProgramType.Unspec)];

    /// <summary>All helpers that there are names for.</summary>
    public static IReadOnlyList<HelperId> KnownHelpers { get; } = [.. Enum.GetValues<HelperId>().Where(helper => helper != 0)];

    /// <summary>Whether maps of a type can be created.</summary>
    /// <param name="type">The type.</param>
    /// <returns>Whether they can.</returns>
    /// <exception cref="BpfException">EPERM: the process isn't privileged to try.</exception>
    public bool Supports(MapType type) => Maps.GetOrAdd((_engine.Name, type), _ => MapProbe.Run(_engine, type));

    /// <summary>Whether programs of a type can be loaded.</summary>
    /// <param name="type">The type.</param>
    /// <returns>Whether they can.</returns>
    /// <exception cref="BpfException">EPERM: the process isn't privileged to try.</exception>
    public bool Supports(ProgramType type) => Programs.GetOrAdd((_engine.Name, type), _ => ProgramProbe.Run(_engine, type));

    /// <summary>Whether programs of a type can call a helper.</summary>
    /// <param name="type">The type.</param>
    /// <param name="helper">The helper.</param>
    /// <returns>Whether they can; null where it can't be told without a target to attach to (tracing, LSM, struct_ops and replacing programs).</returns>
    /// <exception cref="BpfException">EPERM: the process isn't privileged to try.</exception>
    public bool? Supports(ProgramType type, HelperId helper) =>
        Helpers.GetOrAdd((_engine.Name, type, helper), _ => ProgramProbe.Run(_engine, type, helper));
}
