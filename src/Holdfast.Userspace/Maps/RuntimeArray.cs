using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps;
using Holdfast.Verifier;

namespace Holdfast.Userspace.Maps;

/// <summary>An array as programs use it.</summary>
internal sealed unsafe class RuntimeArray(MapDescription description, MapInstance owner, ArrayMap array) : RuntimeMap(description)
{
    /// <inheritdoc/>
    public override byte* ValueBase => array.ValueBase();

    /// <inheritdoc/>
    public override ulong Lookup(RunContext context, byte* key) => (ulong)array.LookupPointer(key);

    /// <inheritdoc/>
    public override long Update(RunContext context, byte* key, byte* value, ulong flags)
    {
        // Safe: the verifier proved key and value to be readable in the map's sizes.
        int result = array.Update(new(key, sizeof(uint)), new(value, (int)Description.ValueSize), (UpdateFlags)flags);
        GC.KeepAlive(owner);
        return result;
    }

    /// <inheritdoc/>
    public override long Delete(RunContext context, byte* key) => -(long)Errno.EINVAL;

    /// <inheritdoc/>
    public override bool TryGetArrayView(out Execution.ArrayView view)
    {
        if (!array.TryGetView(out Storage.Maps.ArrayView memory))
        {
            view = default;
            return false;
        }

        view = new Execution.ArrayView
        {
            Base = memory.Elements,
            Stride = memory.Stride,
            MaxEntries = memory.MaxEntries,
            ReadyChunks = memory.ReadyChunks,
            ChunkShift = memory.ChunkShift,
        };
        return true;
    }
}
