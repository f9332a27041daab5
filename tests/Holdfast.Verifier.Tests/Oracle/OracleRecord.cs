namespace Holdfast.Verifier.Tests.Oracle;

/// <summary>A program and what the kernel said of it.</summary>
internal sealed record OracleRecord(
    string Id, VerificationRequest Request, bool Accepted, string Error, string Reason, string Log, int Processed);
