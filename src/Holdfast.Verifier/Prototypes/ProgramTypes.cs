using System.Collections.Frozen;
using Holdfast.Isa.Abi;

namespace Holdfast.Verifier.Prototypes;

/// <summary>The program types that ship with Holdfast.</summary>
public static class ProgramTypes
{
    private static readonly FrozenDictionary<ProgramType, ProgramTypeDefinition> Definitions =
        Enumerate().ToFrozenDictionary(definition => definition.Type);

    /// <summary>All of them, in no order.</summary>
    public static IReadOnlyCollection<ProgramTypeDefinition> All => Definitions.Values;

    /// <summary>Finds the rules of a program type.</summary>
    /// <param name="type">The type.</param>
    /// <returns>The rules, or <see langword="null"/> if the type isn't known.</returns>
    public static ProgramTypeDefinition? Find(ProgramType type) => Definitions.GetValueOrDefault(type);

    private static IEnumerable<ProgramTypeDefinition> Enumerate() => [.. PacketTypes.All, .. CgroupTypes.All, .. TracingTypes.All, .. TypedTypes.All];
}
