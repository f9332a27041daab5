using System.Runtime.InteropServices;
using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Verifier;

namespace Holdfast.Userspace.Maps;

/// <summary>
/// A frozen map whose bytes the verifier took as constants. Programs read the private copy that was verified: what another
/// process may still do to the shared memory can't make a proven fact untrue.
/// </summary>
internal sealed unsafe class ConstantMap : RuntimeMap
{
    private readonly byte[] _pinned;

    public ConstantMap(MapDescription description, ReadOnlyMemory<byte> constants)
        : base(description)
    {
        _pinned = GC.AllocateUninitializedArray<byte>(constants.Length, pinned: true);
        constants.CopyTo(_pinned);
    }

    /// <inheritdoc/>
    public override byte* ValueBase => Pointer;

    // Safe: the array is on the pinned heap and lives as long as this object, which the program holds.
    private byte* Pointer => (byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_pinned));

    /// <inheritdoc/>
    public override ulong Lookup(RunContext context, byte* key) => *(uint*)key == 0 ? (ulong)Pointer : 0;

    /// <inheritdoc/>
    public override long Update(RunContext context, byte* key, byte* value, ulong flags) => -(long)Errno.EPERM;

    /// <inheritdoc/>
    public override long Delete(RunContext context, byte* key) => -(long)Errno.EPERM;
}
