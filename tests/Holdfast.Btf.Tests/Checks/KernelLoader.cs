using System.Runtime.InteropServices;

namespace Holdfast.Btf.Tests.Checks;

/// <summary>Asks the running kernel to take a blob (<c>BPF_BTF_LOAD</c>).</summary>
internal static class KernelLoader
{
    private const int BpfBtfLoad = 18;
    private const long BpfOnX64 = 321;
    private const long BpfOnArm64 = 280;

    private static readonly Lazy<string?> LazyObstacle = new(FindObstacle);

    /// <summary>Skips the test where the kernel can't be asked.</summary>
    public static void Require() => Assert.SkipWhen(LazyObstacle.Value is not null, LazyObstacle.Value ?? "");

    /// <summary>Loads a blob and closes it again; gives the errno, 0 if the kernel took it.</summary>
    public static int Load(byte[] blob, out string log)
    {
        byte[] buffer = new byte[64 * 1024];
        var blobHandle = GCHandle.Alloc(blob, GCHandleType.Pinned);
        var logHandle = GCHandle.Alloc(buffer, GCHandleType.Pinned);
        try
        {
            var attribute = new BtfLoad
            {
                Btf = (ulong)blobHandle.AddrOfPinnedObject(),
                Log = (ulong)logHandle.AddrOfPinnedObject(),
                BtfSize = (uint)blob.Length,
                LogSize = (uint)buffer.Length,
                LogLevel = 1,
            };
            int errno = Load(ref attribute);
            log = System.Text.Encoding.Latin1.GetString(buffer).TrimEnd('\0');
            if (errno == 28)
            {
                // The log did not fit: ask again without one.
                attribute.Log = 0;
                attribute.LogSize = 0;
                attribute.LogLevel = 0;
                errno = Load(ref attribute);
            }

            return errno;
        }
        finally
        {
            blobHandle.Free();
            logHandle.Free();
        }
    }

    private static int Load(ref BtfLoad attribute)
    {
        long number = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? BpfOnArm64 : BpfOnX64;
        long result = Syscall(number, BpfBtfLoad, ref attribute, (uint)Marshal.SizeOf<BtfLoad>());
        int errno = result < 0 ? Marshal.GetLastPInvokeError() : 0;
        if (result >= 0)
        {
            _ = Close((int)result);
        }

        return errno;
    }

    private static string? FindObstacle()
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root")
        {
            return "BPF_BTF_LOAD needs root on Linux";
        }

        int errno = Load(TestData.FixtureBytes("target.btf"), out string log);
        return errno == 0 ? null : $"the kernel refuses a plain blob with errno {errno}: {log}";
    }

    [DllImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static extern long Syscall(long number, int command, ref BtfLoad attribute, uint size);

    [DllImport("libc", EntryPoint = "close")]
    private static extern int Close(int descriptor);

    [StructLayout(LayoutKind.Sequential)]
    private struct BtfLoad
    {
        public ulong Btf;
        public ulong Log;
        public uint BtfSize;
        public uint LogSize;
        public uint LogLevel;
        public uint LogTrueSize;
    }
}
