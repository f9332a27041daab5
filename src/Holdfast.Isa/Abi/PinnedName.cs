namespace Holdfast.Isa.Abi;

/// <summary>A name in a directory of pins.</summary>
/// <param name="Name">The name.</param>
/// <param name="Type">What it is.</param>
/// <param name="Kind">The object's kind; none if it is no pin, or can't be opened.</param>
/// <param name="Id">The object's id; 0 if it is no pin, or can't be opened.</param>
/// <param name="ObjectName">The object's own name.</param>
/// <param name="Mode">Permission bits.</param>
/// <param name="User">Owner.</param>
public sealed record PinnedName(string Name, PinnedNameType Type, ObjectKind Kind, uint Id, string ObjectName, uint Mode, uint User)
{
    /// <summary>Bytes of memory that the object takes, where the engine tells it; 0 if it is no pin, or can't be opened.</summary>
    public long AllocatedBytes { get; init; }
}
