using System.Net;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Holdfast.Kernel.Tests.Support;

/// <summary>
/// A network namespace for one test: a thread leaves the others' for a new one, and the namespace, with all interfaces and links in it, goes
/// with the thread, however that ends.
/// </summary>
internal static partial class NetworkNamespace
{
    private const int NewNetwork = 0x40000000; // CLONE_NEWNET

    /// <summary>Runs a test in one.</summary>
    public static void Run(Action test)
    {
        Privilege.Require();
        ExceptionDispatchInfo? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                if (unshare(NewNetwork) != 0)
                    Assert.Skip($"no network namespace can be made here: {Marshal.GetLastPInvokeErrorMessage()}");
                Tools.Run("ip", "link", "set", "lo", "up");
                test();
            }
            catch (Exception exception)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }

    /// <summary>Two interfaces joined to each other; what is sent to 10.9.9.2 leaves by the first and comes in at the second.</summary>
    /// <returns>Their indices.</returns>
    public static (int Out, int In) MakePair()
    {
        Tools.Run("ip", "link", "add", "out", "type", "veth", "peer", "name", "in");
        Tools.Run("ip", "addr", "add", "10.9.9.1/24", "dev", "out");
        Tools.Run("ip", "link", "set", "out", "up");
        Tools.Run("ip", "link", "set", "in", "up");
        Tools.Run("ip", "neigh", "add", "10.9.9.2", "lladdr", "02:00:00:00:00:02", "dev", "out");
        return (Index("out"), Index("in"));
    }

    /// <summary>Sends datagrams, each of which crosses the pair (10.9.9.2) or the loopback interface (127.0.0.1).</summary>
    public static void Send(string address, int count, int port = 9)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        for (int i = 0; i < count; i++)
            socket.SendTo("holdfast"u8, new IPEndPoint(IPAddress.Parse(address), port));
    }

    /// <summary>A socket on the loopback interface that datagrams can be sent to: without one, each is answered by ICMP, which counts too.</summary>
    public static Socket Receive(out int port)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        port = ((IPEndPoint)socket.LocalEndPoint!).Port;
        return socket;
    }

    /// <summary>An interface's index in the calling thread's namespace.</summary>
    public static int Index(string name) => int.Parse(Tools.Run("ip", "-o", "link", "show", name).Split(':')[0]);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unshare(int flags);
}
