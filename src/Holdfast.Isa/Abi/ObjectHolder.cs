namespace Holdfast.Isa.Abi;

/// <summary>A process that has an object open.</summary>
/// <param name="Process">Its id.</param>
/// <param name="Kind">The object's kind.</param>
/// <param name="Id">The object's id.</param>
public readonly record struct ObjectHolder(int Process, ObjectKind Kind, uint Id);
