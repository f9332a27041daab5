namespace Holdfast.Verifier.Prototypes;

/// <summary>What an iterator says of one of its arguments (<c>struct bpf_ctx_arg_aux</c>); all of them may be null.</summary>
/// <param name="Exists">False: it says nothing.</param>
/// <param name="Buffer">A buffer's kind, or <see langword="null"/> for a kernel object.</param>
/// <param name="IsTrusted">Whether the object is known to be alive.</param>
internal readonly record struct IteratorArgument(bool Exists, ContextFieldKind? Buffer, bool IsTrusted);
