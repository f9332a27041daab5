using System.Net;
using System.Net.NetworkInformation;

namespace Holdfast.Cli.Formatting;

/// <summary>Network addresses as text: 4 and 16 bytes are IP addresses (IPv4 in IPv6 as IPv4), 6 bytes a MAC address.</summary>
internal static class AddressText
{
    /// <summary>Writes an address; null if no address has that many bytes.</summary>
    public static string? Format(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        4 => new IPAddress(bytes).ToString(),
        16 => Unmapped(new IPAddress(bytes)).ToString(),
        6 => string.Join(':', Convert.ToHexStringLower(bytes).Chunk(2).Select(pair => new string(pair))),
        _ => null,
    };

    /// <summary>Reads an address into exactly as many bytes as there is room for.</summary>
    public static bool TryParse(string text, Span<byte> bytes)
    {
        byte[]? parsed = null;
        if (bytes.Length is 4 or 16 && IPAddress.TryParse(text, out IPAddress? address))
            parsed = (bytes.Length == 16 ? address.MapToIPv6() : Unmapped(address)).GetAddressBytes();
        else if (bytes.Length == 6 && PhysicalAddress.TryParse(text, out PhysicalAddress? mac))
            parsed = mac.GetAddressBytes();
        if (parsed is null || parsed.Length != bytes.Length)
            return false;
        parsed.CopyTo(bytes);
        return true;
    }

    private static IPAddress Unmapped(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
