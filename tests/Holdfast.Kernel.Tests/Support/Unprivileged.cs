using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Holdfast.Kernel.Tests.Support;

/// <summary>A thread without any capability: Linux keeps them by thread, so the test's others keep theirs.</summary>
internal static partial class Unprivileged
{
    private const uint Version = 0x20080522; // _LINUX_CAPABILITY_VERSION_3

    public static T Run<T>(Func<T> action)
    {
        T? result = default;
        ExceptionDispatchInfo? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                DropAll();
                result = action();
            }
            catch (Exception exception)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result!;
    }

    private static unsafe void DropAll()
    {
        // struct __user_cap_header_struct and two zeroed __user_cap_data_struct.
        uint* header = stackalloc uint[2] { Version, 0 };
        uint* data = stackalloc uint[6];
        for (int i = 0; i < 6; i++)
            data[i] = 0;
        Assert.Equal(0, capset(header, data));
    }

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int capset(uint* header, uint* data);
}
