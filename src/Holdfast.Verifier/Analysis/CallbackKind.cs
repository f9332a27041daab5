namespace Holdfast.Verifier.Analysis;

/// <summary>What calls a function of the program back.</summary>
internal enum CallbackKind : byte
{
    Loop,
    ForEachElement,
    FindVma,
    UserRingBuf,
    Timer,
    WorkQueue,
    TreeLess,
}
