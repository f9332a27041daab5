using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>Something that happened to an object.</summary>
/// <param name="Type">What.</param>
/// <param name="Kind">The object's kind; none if it could not be told any more.</param>
/// <param name="Id">The object's id; 0 if it could not be told any more.</param>
/// <param name="Path">The pin; empty for what happened to the object itself.</param>
public sealed record BpfEvent(BpfEventType Type, ObjectKind Kind, uint Id, string Path);
