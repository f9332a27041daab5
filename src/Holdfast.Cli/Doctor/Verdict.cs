namespace Holdfast.Cli.Doctor;

/// <summary>How bad a finding is.</summary>
internal enum Verdict
{
    /// <summary>As it should be.</summary>
    Fine,

    /// <summary>Something optional is missing.</summary>
    Missing,

    /// <summary>The userspace engine can't work.</summary>
    Fails,
}
