namespace Holdfast.Verifier.Analysis;

/// <summary>Kinds of things held.</summary>
internal enum ReferenceKind : byte
{
    Pointer,
    SpinLock,
}
