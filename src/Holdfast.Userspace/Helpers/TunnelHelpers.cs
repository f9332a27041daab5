using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Userspace.Programs.Contexts;

namespace Holdfast.Userspace.Helpers;

/// <summary>Tunnel metadata (net/core/filter.c): nothing comes with the packet, and what a program sets goes nowhere.</summary>
internal static unsafe class TunnelHelpers
{
    private const uint KeyBytes = 44;
    private const ulong Ipv6 = 1;
    private const ulong KnownSetFlags = 0x1f;

    /// <summary><c>bpf_skb_get_tunnel_key(skb, key, size, flags)</c>: a packet that came in by no tunnel has none.</summary>
    public static ulong GetKey(RunContext context, ulong skb, ulong key, ulong size, ulong flags, ulong r5) => Clear(key, size);

    /// <summary><c>bpf_skb_get_tunnel_opt(skb, opt, size)</c></summary>
    public static ulong GetOption(RunContext context, ulong skb, ulong option, ulong size, ulong r4, ulong r5)
    {
        SkBuffContext packet = (SkBuffContext)context;
        _ = Clear(option, size);
        return packet.HasTunnelKey ? HelperError.Of(Errno.ENOENT) : HelperError.InvalidArgument;
    }

    /// <summary><c>bpf_skb_set_tunnel_key(skb, key, size, flags)</c></summary>
    public static ulong SetKey(RunContext context, ulong skb, ulong key, ulong size, ulong flags, ulong r5)
    {
        const int LabelOffset = 24;
        const int ExtensionOffset = 22;
        if ((flags & ~KnownSetFlags) != 0 || (uint)size is not (KeyBytes or 28 or 24 or 22 or 8))
        {
            return HelperError.InvalidArgument;
        }

        // Short keys are those of older headers; padding and, for IPv4, the label must be zero.
        ReadOnlySpan<byte> bytes = new((void*)key, (int)(uint)size);
        bool padded = bytes.Length > ExtensionOffset + 1 && bytes.Slice(ExtensionOffset, 2).ContainsAnyExcept((byte)0);
        bool labelled = bytes.Length >= LabelOffset + 4 && (flags & Ipv6) == 0 && bytes.Slice(LabelOffset, 4).ContainsAnyExcept((byte)0);
        if (padded || labelled)
        {
            return HelperError.InvalidArgument;
        }

        ((SkBuffContext)context).HasTunnelKey = true;
        return 0;
    }

    /// <summary><c>bpf_skb_set_tunnel_opt(skb, opt, size)</c></summary>
    public static ulong SetOption(RunContext context, ulong skb, ulong option, ulong size, ulong r4, ulong r5)
    {
        const uint MostBytes = 255;
        return !((SkBuffContext)context).HasTunnelKey || ((uint)size & 3) != 0 ? HelperError.InvalidArgument
            : (uint)size > MostBytes ? HelperError.NoMemory
            : 0;
    }

    private static ulong Clear(ulong buffer, ulong size)
    {
        new Span<byte>((void*)buffer, (int)(uint)size).Clear();
        return HelperError.InvalidArgument;
    }

    public static HelperTable AddTo(HelperTable table) => table
        .With(HelperId.SkbGetTunnelKey, &GetKey)
        .With(HelperId.SkbSetTunnelKey, &SetKey)
        .With(HelperId.SkbGetTunnelOpt, &GetOption)
        .With(HelperId.SkbSetTunnelOpt, &SetOption);
}
