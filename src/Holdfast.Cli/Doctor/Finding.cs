namespace Holdfast.Cli.Doctor;

/// <summary>One thing that <c>doctor</c> looked at.</summary>
/// <param name="Verdict">How bad.</param>
/// <param name="What">What was looked at.</param>
/// <param name="Text">What was found, in one line.</param>
internal sealed record Finding(Verdict Verdict, string What, string Text);
