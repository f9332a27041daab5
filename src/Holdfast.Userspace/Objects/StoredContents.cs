using System.Runtime.InteropServices;
using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Storage.Checking;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Memory;

namespace Holdfast.Userspace.Objects;

/// <summary>What the engine's objects mean, for checks of a store.</summary>
public sealed class StoredContents : IStoredContents
{
    private const int SlotBytes = 8;

    /// <summary>The only one that is needed.</summary>
    public static StoredContents Instance { get; } = new();

    /// <inheritdoc/>
    public IReadOnlySet<ObjectKey>? Targets(ObjectHeader header, int descriptor)
    {
        ArgumentNullException.ThrowIfNull(header);
        return header.Key.Kind switch
        {
            ObjectKind.Map or ObjectKind.Link => StoredReferences.Read(header, descriptor),
            ObjectKind.Program => ProgramTargets(header, descriptor),
            _ => null,
        };
    }

    /// <inheritdoc/>
    public string? Flaw(ObjectHeader header, ObjectSectionKind kind, byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(header);
        ArgumentNullException.ThrowIfNull(bytes);
        return kind switch
        {
            ObjectSectionKind.Btf => BtfGraph.TryRead(bytes, null, out _, out IReadOnlyList<BtfDiagnostic> diagnostics)
                ? null
                : $"its types can't be read: {(diagnostics.Count > 0 ? diagnostics[0] : "")}",
            ObjectSectionKind.Instructions when header.Key.Kind == ObjectKind.Program =>
                bytes.Length == SlotBytes * (long)header.ReadAttributes<ProgramObjectAttributes>().InstructionCount && bytes.Length > 0
                    ? null
                    : $"it has {bytes.Length} bytes of instructions, and its header says {header.ReadAttributes<ProgramObjectAttributes>().InstructionCount} of {SlotBytes}",
            ObjectSectionKind.MapIds when bytes.Length % sizeof(uint) != 0 => "its list of maps is cut off",
            _ => null,
        };
    }

    private static HashSet<ObjectKey>? ProgramTargets(ObjectHeader header, int descriptor)
    {
        HashSet<ObjectKey> targets = [];
        if (header.ReadAttributes<ProgramObjectAttributes>().BtfId is not 0 and var btf)
            targets.Add(new ObjectKey(ObjectKind.Btf, btf));
        if (!header.TryReadSection(descriptor, ObjectSectionKind.MapIds, out byte[]? ids))
            return null;
        foreach (uint id in MemoryMarshal.Cast<byte, uint>(ids))
            targets.Add(new ObjectKey(ObjectKind.Map, id));
        return targets;
    }
}
