using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Holdfast.Cli.Tests;

/// <summary>Commands of the kernel's engine: links, features, the demo with pins that bpftool shows.</summary>
public sealed class KernelCommandTests
{
    [Fact]
    public void TheDemoGoesThroughTheKernelWithPinsThatBpftoolShows()
    {
        using UserOrKernel kernel = new("kernel");
        JsonNode json = kernel.Run("demo", "--json", "--keep").Succeeded().Json;
        string directory = json["directory"]!.GetValue<string>();
        try
        {
            JsonArray steps = json["steps"]!.AsArray();
            Assert.Equal("kernel", json["engine"]!.GetValue<string>());
            Assert.Equal(3, steps.Select(step => step!["pid"]!.GetValue<int>()).Distinct().Count());
            Assert.Equal((273, "kernel"), (steps[1]!["result"]!["packets"]!.GetValue<int>(), steps[1]!["result"]!["execution"]!.GetValue<string>()));
            Assert.Equal(39, steps[2]!["result"]!["flows"]!.AsArray().Count);

            JsonNode program = steps[0]!["result"]!["program"]!;
            Assert.Equal(program["id"]!.GetValue<uint>(), Bpftool("prog", directory, "flow_stats")["id"]!.GetValue<uint>());
            Assert.Equal(program["tag"]!.GetValue<string>(), Bpftool("prog", directory, "flow_stats")["tag"]!.GetValue<string>());
            Assert.Equal("flows", Bpftool("map", directory, "flows")["name"]!.GetValue<string>());
            JsonArray entries = kernel.Run("tree", directory, "--json").Succeeded().Json["entries"]!.AsArray();
            Assert.Equal(["flow_stats prog", "flows map", "protocols map"], entries.Select(entry => $"{entry!["name"]} {entry["kind"]}"));
        }
        finally
        {
            Remove(kernel, directory);
        }
    }

    [Fact]
    public void TheDemoLeavesNothing()
    {
        using UserOrKernel kernel = new("kernel");
        string before = string.Join('\n', File.ReadLines("/proc/self/mountinfo").Where(line => line.Contains("holdfast-demo", StringComparison.Ordinal)));
        string directory = kernel.Run("demo", "--json").Succeeded().Json["directory"]!.GetValue<string>();
        Assert.False(Directory.Exists(directory));
        Assert.Equal(before, string.Join('\n', File.ReadLines("/proc/self/mountinfo").Where(line => line.Contains("holdfast-demo", StringComparison.Ordinal))));
    }

    [Fact]
    public void LinksAreShownPinnedAndDetached()
    {
        using UserOrKernel kernel = new("kernel");
        using Bpf bpf = Bpf.OpenKernel();
        using BpfObject loaded = bpf.Load(Objects.BpfObjectSpec.Load(TemporaryStore.Sample("flow_stats.bpf.o")));
        using LoopbackLink attached = LoopbackLink.Attach(loaded.Program("flow_stats"));
        string id = $"id:{attached.Link.Id}";
        JsonNode shown = kernel.Run("link", "show", id, "--json").Succeeded().Json["links"]!.AsArray().Single()!;
        Assert.Equal(("xdp", loaded.Program("flow_stats").Id), (shown["type"]!.GetValue<string>(), shown["prog_id"]!.GetValue<uint>()));
        Assert.Contains(kernel.Run("link", "list", "--json").Succeeded().Json["links"]!.AsArray(), link => link!["id"]!.GetValue<uint>() == attached.Link.Id);
        kernel.Run("link", "pin", id, kernel.Pin("l")).Succeeded();
        Assert.Contains("ifindex 1", kernel.Run("link", "show", kernel.Pin("l")).Succeeded().Output, StringComparison.Ordinal);
        Assert.Equal("link", kernel.Run("tree", kernel.Pin("."), "--json").Succeeded().Json["entries"]!.AsArray().Single(entry => entry!["name"]!.GetValue<string>() == "l")!["kind"]!.GetValue<string>());
        kernel.Run("link", "detach", kernel.Pin("l")).Succeeded();
        Assert.Contains("(detached)", kernel.Run("link", "show", kernel.Pin("l")).Succeeded().Output, StringComparison.Ordinal);
        kernel.Run("pin", $"link:{attached.Link.Id}", kernel.Pin("again")).Succeeded();
        kernel.Run("link", "attach", $"id:{loaded.Program("flow_stats").Id}", kernel.Pin("x")).Failed(2, "one place to attach to is needed");
        kernel.Run("link", "attach", $"id:{loaded.Program("flow_stats").Id}", kernel.Pin("x"), "--xdp", "no_such_if").Failed(1, "no interface 'no_such_if'");
        kernel.Run("link", "attach", $"id:{loaded.Program("flow_stats").Id}", kernel.Pin("x"), "--cgroup", "/nowhere", "--type", "none").Failed(2, "'none' is no attach type; known are cgroup_inet_ingress");
        kernel.Run("link", "show", "id:2000000000").Failed(1, "there is no such name, id or key");
    }

    [Fact]
    public void FeaturesOfBothEnginesStandSideBySide()
    {
        using UserOrKernel kernel = new("kernel");
        JsonNode json = kernel.Store.Run("feature", "--json").Succeeded().Json;
        JsonNode array = json["map_types"]!.AsArray().Single(type => type!["name"]!.GetValue<string>() == "array")!;
        Assert.Equal((true, true), (array["user"]!.GetValue<bool>(), array["kernel"]!.GetValue<bool>()));
        JsonNode xdp = json["program_types"]!.AsArray().Single(type => type!["name"]!.GetValue<string>() == "xdp")!;
        foreach (string engine in new[] { "user_helpers", "kernel_helpers" })
            Assert.Contains("bpf_xdp_adjust_head", xdp[engine]!.AsArray().Select(name => name!.GetValue<string>()));
    }

    /// <summary>In a mount namespace where the kernel's types are hidden.</summary>
    [Fact]
    public void AKernelWithoutTypesIsNamedWithTheRemedy()
    {
        using UserOrKernel kernel = new("kernel");
        const string Hidden = "unshare --mount sh -c 'mount -t tmpfs none /sys/kernel/btf && exec";
        const string Load = "holdfast prog load tests/Holdfast.Kernel.Tests/Fixtures/attach.bpf.o";
        kernel.Store.RunShell($"{Hidden} {Load} {kernel.Pin("p")} --program print_elements --engine kernel'")
            .Failed(1, "program 'print_elements' (CO-RE) needs the kernel's types, and /sys/kernel/btf/vmlinux tells none; use a kernel built with CONFIG_DEBUG_INFO_BTF, or give BpfLoadOptions.KernelBtf");
        kernel.Store.RunShell($"{Hidden} {Load} {kernel.Pin("p")} --program count_xdp --engine kernel'").Succeeded();
    }

    [Fact]
    public void WhatTheUserspaceEngineCannotDoNamesTheOther()
    {
        using TemporaryStore store = new();
        Assert.Empty(store.Run("link", "list", "--json").Succeeded().Json["links"]!.AsArray());
    }

    private static JsonNode Bpftool(string kind, string directory, string name)
    {
        ProcessStartInfo start = new("bpftool", ["-j", kind, "show", "pinned", Path.Combine(directory, name)]) { RedirectStandardOutput = true };
        try
        {
            using Process process = Process.Start(start)!;
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return JsonNode.Parse(output) is JsonArray many ? many.Single()! : JsonNode.Parse(output)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("bpftool is not installed");
            throw;
        }
    }

    private static void Remove(UserOrKernel kernel, string directory)
    {
        foreach (string pin in Directory.GetFiles(directory))
            kernel.Run("unpin", pin).Succeeded();
        Directory.Delete(directory);
        string mount = Path.GetDirectoryName(directory)!;
        if (!Path.GetFileName(mount).StartsWith("holdfast-demo-", StringComparison.Ordinal))
            return;
        kernel.Run("umount", mount).Succeeded();
        Directory.Delete(mount);
    }
}
