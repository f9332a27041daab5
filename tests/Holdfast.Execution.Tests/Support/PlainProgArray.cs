using Holdfast.Isa.Abi;
using Holdfast.Verifier;

namespace Holdfast.Execution.Tests.Support;

/// <summary>A prog array of this process.</summary>
internal sealed class PlainProgArray(MapDescription description) : RuntimeProgArray(description)
{
    private readonly ExecutableProgram?[] _slots = new ExecutableProgram?[description.MaxEntries];

    public PlainProgArray(uint entries)
        : this(new MapDescription { Type = MapType.ProgArray, KeySize = 4, ValueSize = 4, MaxEntries = entries })
    {
    }

    public override ExecutableProgram? Resolve(uint index) => index < _slots.Length ? Volatile.Read(ref _slots[index]) : null;

    public void Set(uint index, ExecutableProgram? program) => Volatile.Write(ref _slots[index], program);
}
