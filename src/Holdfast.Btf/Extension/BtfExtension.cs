using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Holdfast.Btf.Extension;

/// <summary>
/// The <c>.BTF.ext</c> section of an object: where its functions start, where its instructions come from, and its CO-RE
/// relocations, each by section of code. Records longer than known are read as far as they are known.
/// </summary>
public sealed class BtfExtension
{
    private BtfExtension(BtfExtensionReader reader)
    {
        Functions = reader.Functions;
        Lines = reader.Lines;
        Relocations = reader.Relocations;
    }

    /// <summary>Function starts.</summary>
    public ImmutableArray<BtfExtensionSection<BtfFunctionInfo>> Functions { get; }

    /// <summary>Source lines.</summary>
    public ImmutableArray<BtfExtensionSection<BtfLineInfo>> Lines { get; }

    /// <summary>CO-RE relocations.</summary>
    public ImmutableArray<BtfExtensionSection<CoreRelocationRecord>> Relocations { get; }

    /// <summary>Reads a <c>.BTF.ext</c> section.</summary>
    /// <param name="bytes">The section.</param>
    /// <param name="graph">The object's types, which the records name.</param>
    /// <param name="extension">What the section says, if it is readable.</param>
    /// <param name="diagnostics">What is wrong, if it isn't; offsets count from the section's start.</param>
    /// <returns>Whether the section is readable.</returns>
    public static bool TryRead(
        ReadOnlySpan<byte> bytes,
        BtfGraph graph,
        [NotNullWhen(true)] out BtfExtension? extension,
        out IReadOnlyList<BtfDiagnostic> diagnostics)
    {
        var reader = new BtfExtensionReader(graph);
        BtfDiagnostic? wrong = reader.TryRead(bytes);
        extension = wrong is null ? new BtfExtension(reader) : null;
        diagnostics = wrong is null ? [] : [wrong];
        return extension is not null;
    }
}
