using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Verifier.Tests.Prototypes;

/// <summary>What each program type may return, value by value, against the running kernel.</summary>
public sealed class ReturnRangeTests
{
    [Fact]
    public void The_kernel_takes_the_same_return_values()
    {
        KernelOracle.SkipUnlessAvailable();
        Differences differences = new();
        int compared = 0;
        foreach ((ProgramType type, AttachType attachType) in AttachTypes.All())
        {
            if (ProgramTypes.Find(type) is { } definition && KernelOracle.Load([Insn.Mov64Imm(0, 1), Insn.Exit()], type, attachType).Result >= 0)
            {
                VerificationRequest request = new() { Type = definition, AttachType = attachType, Instructions = [] };
                ReturnRange? range = definition.GetReturnRange(request);
                for (int value = -2; value <= 6; value++)
                {
                    (int result, _) = KernelOracle.Load([Insn.Mov64Imm(0, value), Insn.Exit()], type, attachType);
                    bool ours = range is null || (value >= range.Value.Minimum && value <= range.Value.Maximum);
                    compared++;
                    if (ours != result >= 0)
                    {
                        differences.Add($"{definition.Name}/{attachType}", $"returns {value}: ours {ours}, the kernel's {result}");
                    }
                }
            }
        }

        differences.AssertNone();
        Assert.True(compared > 300, $"only {compared} values were compared");
    }
}
