namespace Holdfast.Verifier.Prototypes;

/// <summary>A kernel function that programs may call; its arguments and result are in the kernel's BTF.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Scope">Who may call it.</param>
/// <param name="Traits">What BTF doesn't say.</param>
public sealed record KfuncPrototype(string Name, KfuncScope Scope, KfuncTraits Traits = KfuncTraits.None)
{
    /// <summary>Whether it has one of the traits.</summary>
    /// <param name="traits">The traits.</param>
    public bool Is(KfuncTraits traits) => (Traits & traits) != 0;
}
