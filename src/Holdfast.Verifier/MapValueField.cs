namespace Holdfast.Verifier;

/// <summary>A part of a map's value that is no data (<c>struct btf_field</c>).</summary>
/// <param name="Type">What it is: the name of its type (<c>bpf_spin_lock</c>, …), or <c>kptr</c>, <c>percpu_kptr</c>, <c>uptr</c>.</param>
/// <param name="Offset">Where it begins, in bytes.</param>
/// <param name="Size">Its size in bytes.</param>
public readonly record struct MapValueField(string Type, int Offset, int Size);
