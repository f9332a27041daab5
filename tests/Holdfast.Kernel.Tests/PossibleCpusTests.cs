namespace Holdfast.Kernel.Tests;

/// <summary>How many values the kernel's per-CPU maps keep.</summary>
public sealed class PossibleCpusTests
{
    [Theory]
    [InlineData("0\n", 1)]
    [InlineData("0-1\n", 2)]
    [InlineData("0-127\n", 128)]
    [InlineData("0-3,8-11\n", 8)]
    [InlineData("0,2,4-5\n", 4)]
    public void AListIsCounted(string list, int count) => Assert.Equal(count, PossibleCpus.CountOf(list));

    [Fact]
    public void ThisMachineHasAsManyAsItRunsOn() => Assert.True(PossibleCpus.Count >= Environment.ProcessorCount);
}
