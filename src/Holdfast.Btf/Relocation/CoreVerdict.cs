namespace Holdfast.Btf.Relocation;

/// <summary>Answer of a comparison of types.</summary>
internal enum CoreVerdict
{
    /// <summary>The types are nested too deep, or comparing them takes too long, to tell.</summary>
    Undecided,

    /// <summary>They differ.</summary>
    No,

    /// <summary>They agree.</summary>
    Yes,
}
