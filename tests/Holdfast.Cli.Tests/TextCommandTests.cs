using System.Text.Json.Nodes;

namespace Holdfast.Cli.Tests;

/// <summary>Commands that need no store: assembler, disassembler, BTF.</summary>
public sealed class TextCommandTests : IDisposable
{
    private readonly TemporaryStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public void TextBecomesHexAndHexBecomesText()
    {
        string hex = _store.RunWith("r0 = 7\nexit\n", "asm", "-").Succeeded().Output;
        Assert.Equal("b7 00 00 00 07 00 00 00\n95 00 00 00 00 00 00 00\n", hex);
        Assert.Equal("   0: r0 = 7\n   1: exit\n", _store.RunWith(hex, "disasm", "-").Succeeded().Output);
        JsonNode json = _store.RunWith("r0 = 7\nexit\n", "asm", "-", "--json").Succeeded().Json;
        Assert.Equal("b7000000070000009500000000000000", json["hex"]!.GetValue<string>());
        string binary = _store.WriteFile("two.bin", Convert.FromHexString(json["hex"]!.GetValue<string>()));
        Assert.Equal(2, _store.Run("disasm", binary, "--json").Succeeded().Json["programs"]![0]!["instructions"]!.AsArray().Count);
    }

    [Fact]
    public void AnObjectIsDisassembledWithItsSource()
    {
        string text = _store.Run("disasm", TemporaryStore.Sample("flow_stats.bpf.o")).Succeeded().Output;
        Assert.Contains("flow_stats (xdp):", text, StringComparison.Ordinal);
        Assert.Contains("; void *end = (void *)(long)context->data_end; @ flow_stats.bpf.c:", text, StringComparison.Ordinal);
        Assert.Contains("// protocols", text, StringComparison.Ordinal);
    }

    [Fact]
    public void TypesArePrinted()
    {
        string file = TemporaryStore.Sample("flow_stats.bpf.o");
        string text = _store.Run("btf", "dump", file).Succeeded().Output;
        Assert.Contains("STRUCT 'flow_key' size=40 vlen=7\n\t'source' type_id=", text, StringComparison.Ordinal);
        JsonArray types = _store.Run("btf", "dump", file, "--json").Succeeded().Json["types"]!.AsArray();
        JsonNode type = types.Single(type => type!["name"]!.GetValue<string>() == "flow_stats" && type["kind"]!.GetValue<string>() == "STRUCT")!;
        Assert.Equal("packets", type["members"]![0]!["name"]!.GetValue<string>());
    }

    [Fact]
    public void BadInputIsOneLine()
    {
        _store.RunWith("r0 = 7\nexi\n", "asm", "-").Failed(1, "2:1: error ASM002");
        _store.Run("asm", "/nowhere/at/all").Failed(1, "there is no such file");
        _store.Run("disasm", "/tmp").Failed(1, "is a directory");
        _store.RunWith("b7 00 00", "disasm", "-").Failed(1, "neither an object file");
        byte[] sample = File.ReadAllBytes(TemporaryStore.Sample("flow_stats.bpf.o"));
        string truncated = _store.WriteFile("truncated.bpf.o", sample[..(sample.Length / 2)]);
        _store.Run("disasm", truncated).Failed(1, truncated);
        _store.Run("btf", "dump", truncated).Failed(1, truncated);
        string garbage = _store.WriteFile("garbage.bpf.o", [.. sample[..16], .. Enumerable.Repeat((byte)0xa5, 2000)]);
        _store.Run("btf", "dump", garbage).Failed(1, garbage);
        _store.RunWith("junk", "btf", "dump", "-").Failed(1, "neither an object file nor BTF");
    }
}
