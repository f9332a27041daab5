namespace Holdfast.Verifier.Analysis;

/// <summary>How closely states are compared.</summary>
internal enum Exactness : byte
{
    /// <summary>Numbers on which nothing depended may differ.</summary>
    Loose,

    /// <summary>The new number's range must lie in the old one's.</summary>
    Within,

    /// <summary>Equal: nothing has happened since.</summary>
    Exact,
}
