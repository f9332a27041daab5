using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Maps.Lpm;
using Holdfast.Userspace.Maps.Lpm;
using Holdfast.Verifier;

namespace Holdfast.Userspace.Maps;

/// <summary>A map of plain values.</summary>
internal sealed class DataMapInstance(ObjectFile file, SharedMap shared, MapDescription description) : MapInstance(file, shared, description)
{
    /// <inheritdoc/>
    public override IDirectMap? DirectFor(ObjectAccess access) =>
        access == ObjectAccess.WriteOnly ? null : new DirectMap(this, Shared, mayWrite: access == ObjectAccess.ReadWrite);

    /// <inheritdoc/>
    private protected override RuntimeMap CreateRuntime(MapDescription description) => Shared switch
    {
        ArrayMap array => new RuntimeArray(description, this, array),
        HashMap hash => new RuntimeHash(description, this, hash),
        LpmTrie trie => new RuntimeLpm(description, this, trie),
        _ => throw new System.Diagnostics.UnreachableException($"{description.Type} maps hold no plain values"),
    };
}
