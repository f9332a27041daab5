using Holdfast.Objects;
using Holdfast.Tests.Engines;

namespace Holdfast.Tests.Objects;

/// <summary>The userspace engine accepts nothing while its verifier is being written.</summary>
internal static class Analysis
{
    public static void SkipUntilItLanded(EngineUnderTest under)
    {
        try
        {
            under.Bpf.Load(BpfObjectSpec.Load(Samples.FlowStats)).Dispose();
        }
        catch (VerificationException exception) when (exception.Report.Reason == "the analysis has not landed yet")
        {
            Assert.Skip(exception.Message);
        }
    }
}
