using System.CommandLine;
using Holdfast.Cli.Hosting;
using Holdfast.Isa.Text;

namespace Holdfast.Cli.Packets;

/// <summary>The options that say what a program or a hook runs on: <c>--hex H</c>, <c>--data FILE</c>, <c>--pcap FILE</c>, <c>--context H</c>, <c>--repeat N</c>.</summary>
internal sealed class PacketArguments
{
    private readonly Option<string?> _hex = new("--hex") { Description = "One packet, as hex.", HelpName = "H" };
    private readonly Option<string?> _data = new("--data") { Description = "One packet: a file's bytes.", HelpName = "FILE" };
    private readonly Option<string?> _pcap = new("--pcap") { Description = "Every packet of a capture.", HelpName = "FILE" };
    private readonly Option<string?> _context = new("--context") { Description = "The context, as hex.", HelpName = "H" };

    private readonly Option<uint> _repeat = new("--repeat") { Description = "Runs for each packet.", HelpName = "N", DefaultValueFactory = _ => 1 };

    /// <summary>Gives a command the options.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _hex, _data, _pcap, _context, _repeat })
            command.Add(option);
    }

    /// <summary>Reads the context; empty if none is given.</summary>
    public byte[] ReadContext(CommandContext context) =>
        HexText.TryParse(context.Get(_context) ?? "", out byte[] bytes) ? bytes : throw CliException.Usage("--context is no hex");

    /// <summary>Reads how often each packet is run.</summary>
    public uint ReadRepeat(CommandContext context) =>
        context.Get(_repeat) is > 0 and var repeat ? repeat : throw CliException.Usage("--repeat is at least 1");

    /// <summary>Reads the packets; at least one, an empty one if only a context is given.</summary>
    public List<ReadOnlyMemory<byte>> ReadPackets(CommandContext context)
    {
        string? hex = context.Get(_hex);
        string? data = context.Get(_data);
        string? pcap = context.Get(_pcap);
        int given = (hex is null ? 0 : 1) + (data is null ? 0 : 1) + (pcap is null ? 0 : 1);
        if (given > 1)
            throw CliException.Usage("--hex, --data and --pcap exclude each other");
        if (given == 0 && context.Get(_context) is null)
            throw CliException.Usage("give a packet: --hex H, --data FILE or --pcap FILE (or --context H)");
        if (pcap is not null)
            return PcapFile.Read(pcap);
        if (data is not null)
            return [InputFile.ReadBytes(data)];
        return HexText.TryParse(hex ?? "", out byte[] packet) ? [packet] : throw CliException.Usage("--hex is no hex");
    }
}
