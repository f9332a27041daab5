using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>A numbered node: a name that stands for its object as a device file stands for its device.</summary>
/// <param name="Minor">Its number, of its own among all nodes.</param>
/// <param name="Kind">The object's kind: a map or a program.</param>
/// <param name="Id">The object's id.</param>
/// <param name="User">Who owns the node.</param>
/// <param name="Path">Its file.</param>
public sealed record BpfNode(uint Minor, ObjectKind Kind, uint Id, uint User, string Path);
