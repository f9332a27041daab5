using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps.Bloom;
using Holdfast.Verifier;

namespace Holdfast.Userspace.Maps.Bloom;

/// <summary>A bloom filter as programs use it.</summary>
internal sealed unsafe class RuntimeBloom(MapDescription description, MapInstance owner, BloomMap bloom) : RuntimeMap(description)
{
    /// <inheritdoc/>
    public override ulong Lookup(RunContext context, byte* key) => 0;

    /// <inheritdoc/>
    public override long Push(RunContext context, byte* value, ulong flags)
    {
        int result = bloom.Push(value, (UpdateFlags)flags);
        GC.KeepAlive(owner);
        return result;
    }

    /// <inheritdoc/>
    public override long Peek(RunContext context, byte* value) => bloom.Peek(value);
}
