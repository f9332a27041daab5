using System.Numerics;
using System.Security.Cryptography;
using Holdfast.Userspace.Programs.Contexts;

namespace Holdfast.Userspace.Helpers;

/// <summary>A hash of a flow's addresses, protocol and ports: equal for packets of a flow, unguessable from outside.</summary>
internal static class FlowHash
{
    private static readonly uint Key = (uint)RandomNumberGenerator.GetInt32(int.MaxValue);

    public static uint Of(ushort protocol, ReadOnlySpan<byte> network)
    {
        uint hash = Mix(Key, protocol);
        if (protocol == EtherType.Ipv4 && network.Length >= 20)
        {
            int header = (network[0] & 0xf) * 4;
            hash = Mix(Bytes(hash, network.Slice(12, 8)), network[9]);
            hash = Ports(hash, network, header, network[9]);
        }
        else if (protocol == EtherType.Ipv6 && network.Length >= 40)
        {
            hash = Mix(Bytes(hash, network.Slice(8, 32)), network[6]);
            hash = Ports(hash, network, 40, network[6]);
        }

        return hash == 0 ? 1 : hash;
    }

    private static uint Ports(uint hash, ReadOnlySpan<byte> network, int header, byte protocol) =>
        protocol is 6 or 17 or 33 or 132 && network.Length >= header + 4 ? Bytes(hash, network.Slice(header, 4)) : hash;

    private static uint Bytes(uint hash, ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            hash = Mix(hash, value);
        }

        return hash;
    }

    private static uint Mix(uint hash, uint value) => BitOperations.Crc32C(hash * 0x9e3779b1, value);
}
