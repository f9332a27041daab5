using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;

namespace Holdfast.Tests.Engines;

/// <summary>Which helpers programs of each type may call: the userspace engine's verifier says it as the running kernel's does.</summary>
public sealed class FeatureTests
{
    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Fact]
    public void BothEnginesOfferTheSameHelpers()
    {
        using EngineUnderTest user = EngineUnderTest.Open("user"), kernel = EngineUnderTest.Open("kernel");
        int compared = 0;
        foreach (ProgramType type in BpfFeatures.KnownProgramTypes.Where(type => user.Bpf.Features.Supports(type) && kernel.Bpf.Features.Supports(type)))
        {
            foreach (HelperId helper in BpfFeatures.KnownHelpers)
            {
                bool? ours = user.Bpf.Features.Supports(type, helper), theirs = kernel.Bpf.Features.Supports(type, helper);
                Assert.True(ours == theirs, $"{type} {helper}: user {ours}, kernel {theirs}");
                compared++;
            }
        }

        Assert.True(compared > 4000, $"{compared} answers were compared");
    }

    /// <summary>Without an attach type these hooks are taken for one that has no return value of its own.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void TheReturnValueIsOfferedToWhoNamesTheHook(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        IBpfEngine bpf = engine.Bpf.Engine;
        foreach ((ProgramType type, AttachType hook) in new[] { (ProgramType.CgroupDevice, AttachType.CgroupDevice), (ProgramType.CgroupSysctl, AttachType.CgroupSysctl) })
        {
            Instruction[] code = Programs.Assemble("call bpf_get_retval\nr0 = 1\nexit");
            Assert.Equal(Errno.EINVAL, RawCalls.Answer(bpf.ProgLoad(new ProgLoadRequest { Type = type, Instructions = code }, out _)));
            int named = bpf.ProgLoad(new ProgLoadRequest { Type = type, ExpectedAttachType = hook, Instructions = code }, out _);

            // Verified by both; the userspace engine has no hook whose return value that would be.
            Assert.Equal(engine.IsKernel ? Errno.None : Errno.ENOTSUPP, RawCalls.Answer(named));
            if (named > 0)
                bpf.Close(named);
        }
    }
}
