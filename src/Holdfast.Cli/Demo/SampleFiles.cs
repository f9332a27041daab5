using Holdfast.Cli.Hosting;

namespace Holdfast.Cli.Demo;

/// <summary>Files that travel with the command.</summary>
internal static class SampleFiles
{
    /// <summary>The object compiled from <c>samples/flow_stats.bpf.c</c>.</summary>
    public static string Object => Find("flow_stats.bpf.o");

    /// <summary>HTTP, DNS, ping, IPv6 and fragments between two hosts.</summary>
    public static string Capture => Find("mixed.pcap");

    private static string Find(string name)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "samples", name);
        return File.Exists(path) ? path : throw new CliException($"{path} is missing: it should have come with this command");
    }
}
