using Holdfast.Isa.Abi;
using Microsoft.Win32.SafeHandles;

namespace Holdfast.Tests.Engines;

/// <summary>A descriptor that the caller closed behind the userspace engine's back, and whose number is another file's by then.</summary>
public sealed class DescriptorReuseTests
{
    private const int Attempts = 1000;

    [Fact]
    public void ClosingItLeavesTheOtherFileOpen()
    {
        using EngineUnderTest engine = EngineUnderTest.Open("user");
        IBpfEngine bpf = engine.Bpf.Engine;
        string file = Path.GetTempFileName();
        bool reused = false;

        // Other tests open files too, and may be given the number first.
        for (int attempt = 0; attempt < Attempts && !reused; attempt++)
        {
            int descriptor = bpf.MapCreate(MapType.Array, 4, 4, 1);
            new SafeFileHandle(descriptor, ownsHandle: true).Dispose();
            using FileStream other = File.OpenRead(file);
            reused = (int)other.SafeFileHandle.DangerousGetHandle() == descriptor;
            _ = bpf.Close(descriptor);
            Assert.Equal(-1, other.ReadByte());
        }

        Assert.True(reused, "no number was used again");
        File.Delete(file);
    }
}
