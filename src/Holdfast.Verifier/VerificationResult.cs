namespace Holdfast.Verifier;

/// <summary>The verifier's answer: a program and a report, or a report alone.</summary>
/// <param name="Program">The accepted program, or <see langword="null"/>.</param>
/// <param name="Report">What was found.</param>
public sealed record VerificationResult(VerifiedProgram? Program, VerificationReport Report);
