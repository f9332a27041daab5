using Holdfast.Isa.Abi;

namespace Holdfast.Objects;

/// <summary>What the name of a section of code says of the programs in it.</summary>
/// <param name="Pattern">
/// The name; with <c>+</c> at its end also the name followed by <c>/</c> and the attach target (libbpf's <c>section_defs</c> notation).
/// </param>
/// <param name="Type">Program type.</param>
/// <param name="AttachType">Expected attach type.</param>
public sealed record ProgramSection(string Pattern, ProgramType Type, AttachType AttachType = default)
{
    /// <summary>Whether an engine that doesn't know attach types may be given none.</summary>
    public bool IsAttachTypeOptional { get; init; }

    /// <summary>Flags of BPF_PROG_LOAD.</summary>
    public ProgramFlags Flags { get; init; }

    /// <summary>What the attach BTF id names.</summary>
    public AttachBtfKind AttachBtf { get; init; }

    private string Stem => Pattern.TrimEnd('+');

    /// <summary>Whether a section's name (without a leading question mark) is one of these.</summary>
    /// <param name="sectionName">The name.</param>
    /// <returns>Whether it is.</returns>
    public bool Matches(string sectionName)
    {
        ArgumentNullException.ThrowIfNull(sectionName);
        if (!Pattern.EndsWith('+'))
        {
            return sectionName == Pattern;
        }

        return sectionName.StartsWith(Stem, StringComparison.Ordinal) && (sectionName.Length == Stem.Length || sectionName[Stem.Length] == '/');
    }

    /// <summary>The attach target in a matching name.</summary>
    /// <param name="sectionName">A name that <see cref="Matches"/>.</param>
    /// <returns>What follows the slash, or null.</returns>
    public string? TargetOf(string sectionName)
    {
        ArgumentNullException.ThrowIfNull(sectionName);
        return Pattern.EndsWith('+') && sectionName.Length > Stem.Length + 1 ? sectionName[(Stem.Length + 1)..] : null;
    }
}
