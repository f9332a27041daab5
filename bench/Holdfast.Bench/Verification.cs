using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Holdfast.Isa.Instructions;
using Holdfast.Verifier;

namespace Holdfast.Bench;

/// <summary>The verifier, for programs that get plain memory.</summary>
internal static class Verification
{
    /// <summary>Verifies a program.</summary>
    /// <param name="code">Its instructions.</param>
    /// <param name="bytes">Bytes of memory that it gets.</param>
    /// <param name="program">The verified program.</param>
    /// <param name="reason">Why there is none.</param>
    /// <returns>Whether there is one.</returns>
    public static bool TryVerify(ImmutableArray<Instruction> code, int bytes, [NotNullWhen(true)] out VerifiedProgram? program, out string reason)
    {
        VerificationResult result = ProgramVerifier.Verify(new VerificationRequest { Type = new PlainMemory(bytes), Instructions = code });
        program = result.Program;
        reason = $"the verifier rejects it: {result.Report.Reason}";
        return program is not null;
    }
}
