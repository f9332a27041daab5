using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Maps.Inner;
using Holdfast.Verifier;

namespace Holdfast.Userspace.Maps.Inner;

/// <summary>A map of maps as programs use it: lookups give inner maps.</summary>
internal sealed unsafe class RuntimeMapOfMaps(MapDescription description, SharedMap outer, InnerMapCache inner) : RuntimeMap(description), IDisposable
{
    private readonly ArrayOfMapsMap? _array = outer as ArrayOfMapsMap;
    private readonly HashMap? _hash = outer as HashMap;

    /// <inheritdoc/>
    public override ulong Lookup(RunContext context, byte* key)
    {
        uint id = 0;
        if (_array is not null)
            id = _array.IdAt(*(uint*)key);
        else if (_hash!.Lookup(new ReadOnlySpan<byte>(key, (int)Description.KeySize), new Span<byte>(&id, sizeof(uint))) != 0)
            return 0;
        return id == 0 ? 0 : inner.Resolve(context, id);
    }

    /// <inheritdoc/>
    public override long Update(RunContext context, byte* key, byte* value, ulong flags) => -(long)Errno.EINVAL;

    /// <inheritdoc/>
    public override long Delete(RunContext context, byte* key) => -(long)Errno.EINVAL;

    /// <inheritdoc/>
    public void Dispose() => inner.Dispose();
}
