using Holdfast.Isa.Abi;

namespace Holdfast.Verifier;

/// <summary>The verifier's entry.</summary>
public static class ProgramVerifier
{
    /// <summary>Verifies a program.</summary>
    /// <param name="request">The program and its environment.</param>
    /// <returns>The verified program and a report, or a report alone.</returns>
    public static VerificationResult Verify(VerificationRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new(null, new VerificationReport { Accepted = false, Error = Errno.EINVAL, Reason = "the analysis has not landed yet" });
    }
}
