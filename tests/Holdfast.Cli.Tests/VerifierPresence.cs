using Holdfast.Isa.Instructions;

namespace Holdfast.Cli.Tests;

/// <summary>Whether the userspace engine has a verifier yet that accepts anything.</summary>
internal static class VerifierPresence
{
    /// <summary>Skips the test, with what the verifier says, while it rejects even <c>r0 = 0; exit</c>.</summary>
    public static void Require()
    {
        try
        {
            _ = MemoryProgram.Load([new(0xb7, 0, 0, 0, 0), new(0x95, 0, 0, 0, 0)], 0);
        }
        catch (VerificationException rejection)
        {
            Assert.Skip($"the verifier accepts nothing: {rejection.Report.Reason}");
        }
    }
}
