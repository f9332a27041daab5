using Holdfast.Isa.Abi;
using Holdfast.Verifier.Analysis;
using Holdfast.Verifier.Reporting;

namespace Holdfast.Verifier;

/// <summary>The verifier's entry.</summary>
public static class ProgramVerifier
{
    private const int MaximumInstructions = 1_000_000;

    /// <summary>Verifies a program.</summary>
    /// <param name="request">The program and its environment.</param>
    /// <returns>The verified program and a report, or a report alone.</returns>
    public static VerificationResult Verify(VerificationRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new VerificationRun(request).Run();
    }

    internal static void CheckSize(VerificationRequest request)
    {
        int limit = request.Policy.Unprivileged ? 4096 : MaximumInstructions;
        if (request.Instructions.Length == 0 || request.Instructions.Length > limit)
        {
            throw new Rejection(Errno.E2BIG, $"a program has 1 to {limit} instructions, not {request.Instructions.Length}");
        }
    }
}
