using System.Text.Json.Nodes;

namespace Holdfast.Cli.Tests;

/// <summary>Programs, and maps typed by BTF, on both engines.</summary>
public sealed class ProgramCommandTests
{
    private static readonly string Sample = TemporaryStore.Sample("flow_stats.bpf.o");
    private static readonly string Capture = TemporaryStore.Sample("captures/mixed.pcap");

    public static TheoryData<string> Engines => UserOrKernel.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public void VerifyTellsOfEachProgram(string engine)
    {
        if (engine == "user")
            VerifierPresence.Require();
        using UserOrKernel cli = new(engine);
        JsonNode program = Assert.Single(cli.Run("verify", Sample, "--json").Succeeded().Json["programs"]!.AsArray())!;
        string[] keys = ["name", "section", "type", "verdict", "reason", "instruction", "source", "processed", "micros"];
        Assert.Equal(keys, program.AsObject().Select(property => property.Key));
        Assert.Equal("accepted", program["verdict"]!.GetValue<string>());
        Assert.Equal("xdp", program["type"]!.GetValue<string>());
        Assert.InRange(program["processed"]!.GetValue<int>(), 100, 1_000_000);
        Assert.Contains("accepted", cli.Run("verify", Sample, "--program", "flow_stats").Succeeded().Output, StringComparison.Ordinal);
        Assert.Contains("processed", cli.Run("verify", Sample, "--log-level", "4").Succeeded().Output, StringComparison.Ordinal);
        cli.Run("verify", Sample, "--program", "other").Failed(1, "it has flow_stats");
        cli.Run("verify", Sample, "--log-level", "8").Failed(2, "--log-level");
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void WhatAnObjectDoesNotSayCanBeGiven(string engine)
    {
        if (engine == "user")
            VerifierPresence.Require();
        using UserOrKernel cli = new(engine);
        string fixtures = Path.Combine(TemporaryStore.Root, "tests/Holdfast.Objects.Tests/Fixtures");
        string untyped = Path.Combine(fixtures, "untyped.bpf.o");
        cli.Run("prog", "load", untyped, cli.Pin("none")).Failed(1, "set ProgramSpec.Type (--type)");
        cli.Run("prog", "load", untyped, cli.Pin("none"), "--type", "nothing").Failed(2, "'nothing' is no program type; known are socket_filter");
        Assert.StartsWith("xdp program", cli.Run("prog", "load", untyped, cli.Pin("one"), "--type", "xdp").Succeeded().Output, StringComparison.Ordinal);
        cli.Run("prog", "loadall", untyped, cli.Pin("all"), "--type", "xdp").Succeeded();

        // Types of a kernel without task_struct: what reads one can't be placed.
        string core = Path.Combine(fixtures, "core.bpf.o");
        JsonNode json = cli.Run("verify", core, "--program", "enter", "--json", "--btf", Path.Combine(TemporaryStore.Root, "tests/Holdfast.Btf.Tests/Fixtures/target.btf")).Json;
        Assert.Contains("struct task_struct", json["programs"]![0]!["reason"]!.GetValue<string>(), StringComparison.Ordinal);
        cli.Run("verify", core, "--btf", core).Failed(1, $"{core} holds no BTF");
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void AProgramIsLoadedPinnedRunAndUnpinned(string engine)
    {
        if (engine == "user")
            VerifierPresence.Require();
        using UserOrKernel cli = new(engine);
        string pin = cli.Pin("one");
        JsonNode loaded = cli.Run("prog", "load", Sample, pin, "--json").Succeeded().Json["program"]!;
        Assert.Equal("flow_stats", loaded["name"]!.GetValue<string>());
        Assert.Equal(2, loaded["map_ids"]!.AsArray().Count);
        cli.Run("prog", "load", Sample, "/tmp/holdfast-outside").Failed(1, "EPERM");
        cli.Run("prog", "load", Sample, pin).Failed(1, "EEXIST");

        JsonNode shown = cli.Run("prog", "show", pin, "--json").Succeeded().Json["programs"]![0]!;
        Assert.Equal(loaded["id"]!.ToJsonString(), shown["id"]!.ToJsonString());
        Assert.Contains("flow_stats", cli.Run("prog", "list").Succeeded().Output, StringComparison.Ordinal);
        Assert.Contains("; if (at > end) {", cli.Run("prog", "dump", pin).Succeeded().Output, StringComparison.Ordinal);

        JsonNode ran = cli.Run("prog", "run", pin, "--pcap", Capture, "--json").Succeeded().Json;
        Assert.Equal(273, ran["packets"]!.GetValue<int>());
        JsonNode retval = Assert.Single(ran["retvals"]!.AsArray())!;
        Assert.Equal(2, retval["retval"]!.GetValue<int>());
        Assert.Contains("ns per run", cli.Run("prog", "run", pin, "--hex", new string('0', 128), "--repeat", "10").Succeeded().Output, StringComparison.Ordinal);
        cli.Run("prog", "run", pin).Failed(2, "give a packet");
        cli.Run("prog", "run", pin, "--hex", "00", "--data", Capture).Failed(2, "exclude each other");
        cli.Run("prog", "run", pin, "--pcap", Sample).Failed(1, "is no capture");

        cli.Run("unpin", pin).Succeeded();
        cli.Run("prog", "show", pin).Failed(1, "ENOENT");
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void MapsAreTypedByTheirBtf(string engine)
    {
        if (engine == "user")
            VerifierPresence.Require();
        using UserOrKernel cli = new(engine);
        JsonNode loaded = cli.Run("prog", "loadall", Sample, cli.Pin("all"), "--json").Succeeded().Json;
        Assert.Equal(["flows", "protocols"], loaded["maps"]!.AsArray().Select(map => map!["name"]!.GetValue<string>()).Order());
        cli.Run("prog", "run", cli.Pin("all/flow_stats"), "--pcap", Capture).Succeeded();

        string protocols = cli.Pin("all/maps/protocols");
        JsonNode tcp = cli.Run("map", "lookup", protocols, "6", "--json").Succeeded().Json["value"]!;
        Assert.Equal(198, tcp["packets"]!.GetValue<int>());
        cli.Run("map", "update", protocols, "6", "packets=7,bytes=0x10").Succeeded();
        Assert.Equal("{packets=7, bytes=16}\n", cli.Run("map", "lookup", protocols, "6").Succeeded().Output);
        cli.Run("map", "update", protocols, "6", "octets=7").Failed(1, "it has packets, bytes");
        cli.Run("map", "lookup", protocols, "600").Failed(1, "has no key 600");

        string flows = cli.Pin("all/maps/flows");
        JsonArray entries = cli.Run("map", "dump", flows, "--json").Succeeded().Json["entries"]!.AsArray();
        Assert.Contains(entries, entry => entry!["key"]!["source"]!.GetValue<string>() == "10.77.0.2");
        Assert.Contains("source_port", cli.Run("map", "dump", flows).Succeeded().Output, StringComparison.Ordinal);
        string key = """{"source":"10.0.0.1","destination":"fe80::1","protocol":17,"version":4}""";
        cli.Run("map", "update", flows, key, """{"packets":3,"tcp_flags":2}""").Succeeded();
        Assert.Equal(3, cli.Run("map", "lookup", flows, key, "--json").Succeeded().Json["value"]!["packets"]!.GetValue<int>());
        cli.Run("map", "delete", flows, key).Succeeded();
        cli.Run("map", "update", flows, """{"protocol":300}""", "packets=1").Failed(1, "does not fit into 8 bits");
        cli.Run("map", "update", flows, "{", "packets=1").Failed(1, "key is no JSON");

        JsonArray tree = cli.Run("tree", Path.GetDirectoryName(cli.Pin("all"))!, "--json").Succeeded().Json["entries"]!.AsArray();
        Assert.Contains(tree, entry => entry!["name"]!.GetValue<string>() == "all" && entry["entries"]!.AsArray().Count == 2);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void ObjectsThatAreNoneAreRefusedInOneLine(string engine)
    {
        using UserOrKernel cli = new(engine);
        byte[] sample = File.ReadAllBytes(Sample);
        string truncated = cli.Store.WriteFile("truncated.bpf.o", sample[..1500]);
        string text = cli.Store.WriteFile("text.bpf.o", "int main;"u8.ToArray());
        string pin = cli.Pin("none");
        cli.Run("verify", "/nowhere.bpf.o").Failed(1, "/nowhere.bpf.o: there is no such file");
        cli.Run("verify", truncated).Failed(1, truncated);
        cli.Run("verify", text).Failed(1, "is no object file");
        cli.Run("prog", "load", truncated, pin).Failed(1, truncated);
        cli.Run("prog", "run", pin, "--hex", "00").Failed(1, "ENOENT");
        Assert.False(File.Exists(pin));
        Assert.False(File.Exists("/tmp/holdfast-outside"));
    }
}
