using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps;
using Holdfast.Verifier;

namespace Holdfast.Userspace.Maps;

/// <summary>A hash map as programs use it.</summary>
internal sealed unsafe class RuntimeHash(MapDescription description, MapInstance owner, HashMap hash) : RuntimeMap(description)
{
    /// <inheritdoc/>
    public override ulong Lookup(RunContext context, byte* key) => (ulong)hash.LookupPointer(key);

    /// <inheritdoc/>
    public override long Update(RunContext context, byte* key, byte* value, ulong flags)
    {
        int result = hash.Update(key, value, (UpdateFlags)flags);
        GC.KeepAlive(owner);
        return result;
    }

    /// <inheritdoc/>
    public override long Delete(RunContext context, byte* key) => hash.Delete(key);
}
