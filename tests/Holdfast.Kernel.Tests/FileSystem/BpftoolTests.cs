using System.Text.Json.Nodes;
using Holdfast.Isa.Abi;
using Holdfast.Kernel.Tests.Support;

namespace Holdfast.Kernel.Tests.FileSystem;

/// <summary>What bpftool pins, Holdfast opens; what Holdfast pins, bpftool shows.</summary>
public sealed class BpftoolTests
{
    private static string Sample => Path.Combine(AppContext.BaseDirectory, "Fixtures", "flow_stats.bpf.o");

    [Fact]
    public void BpftoolShowsWhatHoldfastPinned()
    {
        using TemporaryBpffs pins = Open();
        using Counters counters = Counters.Load("count_raw");
        counters.Map("counters").Pin(pins.Pin("m"));
        counters["count_raw"].Pin(pins.Pin("p"));
        using BpfLink link = counters["count_raw"].Attach();
        link.Pin(pins.Pin("l"));
        Assert.Equal(counters.Map("counters").Id, Show("map", pins.Pin("m"))["id"]!.GetValue<uint>());
        Assert.Equal("counters", Show("map", pins.Pin("m"))["name"]!.GetValue<string>());
        Assert.Equal(counters["count_raw"].Id, Show("prog", pins.Pin("p"))["id"]!.GetValue<uint>());
        JsonNode shown = Show("link", pins.Pin("l"));
        Assert.Equal((link.Id, "raw_tracepoint", "sys_enter"), (shown["id"]!.GetValue<uint>(), shown["type"]!.GetValue<string>(), shown["tp_name"]!.GetValue<string>()));
    }

    [Fact]
    public void HoldfastOpensWhatBpftoolPinned()
    {
        using TemporaryBpffs pins = Open();
        Tools.Run("bpftool", "map", "create", pins.Pin("m"), "type", "hash", "key", "4", "value", "8", "entries", "16", "name", "by_bpftool");
        Tools.Run("bpftool", "map", "update", "pinned", pins.Pin("m"), "key", "1", "0", "0", "0", "value", "2", "0", "0", "0", "0", "0", "0", "0");
        using BpfMap map = pins.Bpf.OpenPinnedMap(pins.Pin("m"));
        Assert.Equal(("by_bpftool", MapType.Hash), (map.Name, map.Type));
        Assert.True(map.As<uint, ulong>().TryLookup(1, out ulong value));
        Assert.Equal(2ul, value);
        map.As<uint, ulong>().Update(1, 3);
        Assert.Contains("\"0x03\"", Tools.Run("bpftool", "-j", "map", "dump", "pinned", pins.Pin("m")), StringComparison.Ordinal);

        Tools.Run("bpftool", "prog", "load", Sample, pins.Pin("p"));
        using BpfProgram program = pins.Bpf.OpenPinnedProgram(pins.Pin("p"));
        Assert.Equal(("flow_stats", ProgramType.Xdp), (program.Name, program.Type));
        Assert.Equal(2u, program.TestRun(new byte[64])); // XDP_PASS

        using Counters counters = Counters.Load("count_raw");
        using BpfLink link = counters["count_raw"].Attach();
        Tools.Run("bpftool", "link", "pin", "id", $"{link.Id}", pins.Pin("l"));
        using BpfLink pinned = pins.Bpf.OpenPinnedLink(pins.Pin("l"));
        Assert.Equal((link.Id, counters["count_raw"].Id), (pinned.Id, pinned.ReadDetails().ProgramId));
    }

    private static JsonNode Show(string kind, string pin) => JsonNode.Parse(Tools.Run("bpftool", "-j", kind, "show", "pinned", pin)) switch
    {
        JsonArray many => many.Single()!,
        var one => one!,
    };

    private static TemporaryBpffs Open()
    {
        if (!Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, "bpftool"))))
            Assert.Skip("bpftool is not installed");
        return new TemporaryBpffs();
    }
}
