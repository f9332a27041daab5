using System.Net;

namespace Holdfast.Cli.Hosting;

/// <summary>Interfaces by name or index.</summary>
internal static class InterfaceName
{
    /// <summary>The index of an interface of this process's network namespace.</summary>
    public static int Index(string name)
    {
        if (int.TryParse(name, out int index))
            return index;

        // A scope of an address is an interface's index, and may be given by name: the base library asks if_nametoindex(3).
        return IPAddress.TryParse($"fe80::1%{name}", out IPAddress? address) && address.ScopeId is > 0 and <= int.MaxValue
            ? (int)address.ScopeId
            : throw new CliException($"this network namespace has no interface '{name}'");
    }
}
