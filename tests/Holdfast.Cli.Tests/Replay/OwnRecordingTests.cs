using Holdfast.Cli.Replay;

namespace Holdfast.Cli.Tests.Replay;

/// <summary>Our engines agree with the kernel on the programs of our own recording.</summary>
public sealed class OwnRecordingTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TheUserspaceEngineAgreesWithTheKernel(bool interpreter)
    {
        ReplaySummary summary = OwnRecording.Replay(interpreter);

        Assert.Equal("", OwnRecording.Differences(summary));
        Assert.Equal(File.ReadLines(OwnRecording.File.FullName).Count() - 1, summary.All.Total);
        Assert.True(summary.All.Rejections >= 15, "the recording has lost its rejected programs");
        Assert.Equal("", string.Join('\n', summary.OtherReasons.Select(result => $"{result.Id}: {result.Kernel} / {result.Ours}")));
    }

    [Fact]
    public void TheKernelAgreesWithItsOwnRecording()
    {
        Assert.SkipUnless(KernelAccess.IsAllowed, $"bpf(2) isn't allowed here: {KernelAccess.Refusal}");
        Assert.Equal("", OwnRecording.Differences(OwnRecording.Replay(kernel: true)));
    }

    [Fact]
    public void NothingIsLeftInMemory()
    {
        Assert.SkipUnless(Directory.Exists("/dev/shm"), "there is no /dev/shm");
        OwnRecording.Replay(filter: "own:constant");
        Assert.Empty(Directory.GetDirectories("/dev/shm", $"holdfast-replay-{Environment.ProcessId}-*"));
    }
}
