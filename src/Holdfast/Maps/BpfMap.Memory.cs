using Holdfast.Isa.Abi;

namespace Holdfast;

/// <content>Values in the caller's memory.</content>
public sealed partial class BpfMap
{
    /// <summary>Maps the values of an array that was made with <see cref="MapFlags.Mmapable"/> (<c>mmap</c> of its descriptor).</summary>
    /// <param name="writable">Whether for writing too.</param>
    /// <returns>The mapping. While there is one for writing the map can't be frozen.</returns>
    /// <exception cref="BpfException">
    /// EINVAL: not made with the flag, or opened for reading only; EPERM: for writing, and it is frozen; EACCES: the descriptor may not write, or for writing and made with
    /// <see cref="MapFlags.ReadOnlyProgram"/>; ENOTSUPP: it is no array, or has locks, timers or kernel pointers in its values.
    /// </exception>
    public BpfMapMemory Map(bool writable = true)
    {
        IMapMemory? memory = null;
        int result = Engine is IMapMemoryEngine engine ? engine.MapMemory(Descriptor, writable, out memory) : -(int)Errno.ENOTSUPP;
        Failure.Check(Engine, result, $"mapping of map '{Name}'");
        return new BpfMapMemory(memory!, Info, writable);
    }
}
