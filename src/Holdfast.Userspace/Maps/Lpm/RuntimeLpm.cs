using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps.Lpm;
using Holdfast.Verifier;

namespace Holdfast.Userspace.Maps.Lpm;

/// <summary>An LPM trie as programs use it.</summary>
internal sealed unsafe class RuntimeLpm(MapDescription description, MapInstance owner, LpmTrie trie) : RuntimeMap(description)
{
    /// <inheritdoc/>
    public override ulong Lookup(RunContext context, byte* key) => (ulong)trie.LookupPointer(key);

    /// <inheritdoc/>
    public override long Update(RunContext context, byte* key, byte* value, ulong flags)
    {
        int result = trie.Update(key, value, (UpdateFlags)flags);
        GC.KeepAlive(owner);
        return result;
    }

    /// <inheritdoc/>
    public override long Delete(RunContext context, byte* key) => trie.Delete(key);
}
