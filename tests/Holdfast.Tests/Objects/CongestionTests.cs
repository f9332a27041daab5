using Holdfast.Isa.Abi;
using Holdfast.Objects;
using Holdfast.Tests.Engines;

namespace Holdfast.Tests.Objects;

/// <summary>
/// Tables of TCP congestion control: what they hold is only a name more that a socket could choose, and nobody does. They are gone when
/// the test ends.
/// </summary>
public sealed class CongestionTests
{
    [Fact]
    public void ATableForALinkIsInUseWhileTheLinkLives()
    {
        using EngineUnderTest kernel = EngineUnderTest.Open("kernel");
        string name = Name();
        using BpfObject loaded = kernel.Bpf.Load(Named("linked", name));
        BpfMap table = loaded.Map("linked");
        Assert.Equal((MapType.StructOps, MapFlags.Link), (table.Info.Type, table.Info.MapFlags));
        Assert.DoesNotContain(name, Available());
        using (table.AttachStructOps())
            Assert.Contains(name, Available());
        Assert.DoesNotContain(name, Available());
    }

    [Fact]
    public void ARegisteredTableIsInUseUntilItIsTakenBack()
    {
        using EngineUnderTest kernel = EngineUnderTest.Open("kernel");
        string name = Name();
        using BpfObject loaded = kernel.Bpf.Load(Named("registered", name));
        Assert.DoesNotContain(name, Available());
        using (loaded.RegisterStructOps("registered"))
            Assert.Contains(name, Available());
        Assert.DoesNotContain(name, Available());
    }

    [Fact]
    public void ProgramsAreLoadedForTheirMembersAndWithoutAPlaceNotAtAll()
    {
        using EngineUnderTest kernel = EngineUnderTest.Open("kernel");
        Assert.SkipUnless(File.Exists("/sys/kernel/btf/vmlinux"), "this kernel tells no types");
        var recording = new RecordingEngine(kernel.Bpf.Engine);
        Bpf bpf = Bpf.Over(recording);
        using BpfObject loaded = bpf.Load(Samples.Own("congestion"));
        Btf.BtfStruct operations = KernelBtfFile.Read("/sys/kernel/btf/vmlinux")!.FindByName<Btf.BtfStruct>("tcp_congestion_ops")!;
        string[] members = ["ssthresh", "cong_avoid", "undo_cwnd"];
        Assert.Equal(
            members.Select(member => (operations.Id, (AttachType)operations.Members.Select(m => m.Name).ToList().IndexOf(member))),
            recording.Loads.Select(load => (load.Attribute.AttachBtfId, load.Attribute.ExpectedAttachType)));
        Assert.Equal(["avoid", "threshold", "undo"], loaded.Programs.Keys.Order());
        Assert.Equal(["linked", "registered"], loaded.Maps.Keys.Order());
    }

    [Fact]
    public void TheSpecTellsTheTable()
    {
        BpfObjectSpec spec = Samples.Own("congestion");
        MapSpec linked = spec.FindMap("linked")!;
        Assert.Equal((MapContents.StructOps, MapFlags.Link, 56u, true), (linked.Contents, linked.Flags, linked.ValueSize, linked.AutoCreate));
        Assert.Equal([new(24, "threshold"), new(32, "avoid"), new(40, "undo")], linked.Slots.OrderBy(slot => slot.Index));
        Assert.Equal(MapFlags.None, spec.FindMap("registered")!.Flags);
        Assert.False(spec.FindMap("left_out")!.AutoCreate);
    }

    [Fact]
    public void WhatCantBeATableIsToldWhy()
    {
        using EngineUnderTest kernel = EngineUnderTest.Open("kernel");
        BpfObjectSpec spec = Samples.Own("congestion");
        Assert.Equal(
            "struct_ops table 'registered': the kernel's tcp_congestion_ops has no member 'holdfast_number'; leave it zero [ENOTSUPP]",
            Failure(spec.WithMap("registered", map => map with { InitialData = map.InitialData.SetItem(16, 1) })));
        Assert.Equal(
            "program 'threshold' is used as two different operations, once in table 'linked'; a program can be one only [EINVAL]",
            Failure(spec.WithMap("linked", map => map with { Slots = map.Slots.Add(new(32, "threshold")).RemoveAll(slot => slot.Target == "avoid") })));
        Assert.Equal(
            "struct_ops table 'linked': member 'flags' is no function in the kernel's tcp_congestion_ops [EINVAL]",
            Failure(spec.WithMap("linked", map => map with { Slots = map.Slots.Add(new(16, "undo")) })));
        Assert.StartsWith(
            "program 'hook': no struct_ops table of the object refers to it; put it into one",
            Failure(spec.WithMap("registered", map => map with { Slots = [] }).WithOnly("hook")),
            StringComparison.Ordinal);

        string Failure(BpfObjectSpec changed) => Assert.Throws<BpfException>(() => kernel.Bpf.Load(changed)).Message;
    }

    [Fact]
    public void ATableStaysEmptyWithoutProgramsAndIsRefusedWithoutOneThatTheKernelNeeds()
    {
        using EngineUnderTest kernel = EngineUnderTest.Open("kernel");
        BpfObjectSpec spec = Samples.Own("congestion");
        using (BpfObject loaded = kernel.Bpf.Load(spec.WithOnly()))
        {
            BpfException refused = Assert.Throws<BpfException>(() => loaded.RegisterStructOps("registered"));
            Assert.Equal("'registered' is no table of section .struct_ops with programs that were loaded; attach one of .struct_ops.link by BpfMap.AttachStructOps [EINVAL]", refused.Message);
            Assert.Throws<BpfException>(() => loaded.Map("linked").AttachStructOps());
        }

        BpfException needed = Assert.Throws<BpfException>(() => kernel.Bpf.Load(spec.Without("undo")));
        Assert.StartsWith("fill struct_ops table 'linked' (the kernel may need an operation that was left out)", needed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheUserspaceEngineNamesTheOtherOne()
    {
        using EngineUnderTest user = EngineUnderTest.Open("user");
        BpfException refused = Assert.Throws<BpfException>(() => user.Bpf.Load(Samples.Own("congestion")));
        Assert.Contains("kernel engine", refused.Message, StringComparison.Ordinal);
    }

    private static BpfObjectSpec Named(string map, string name) => Samples.Own("congestion").WithMap(map, table =>
    {
        byte[] data = [.. table.InitialData];
        int place = data.AsSpan().IndexOf("holdfast_"u8);
        data.AsSpan(place, 16).Clear();
        System.Text.Encoding.ASCII.GetBytes(name, data.AsSpan(place));
        return table with { InitialData = [.. data] };
    });

    private static string Name() => $"hf{Guid.NewGuid().ToString("N")[..12]}";

    private static string[] Available() => File.ReadAllText("/proc/sys/net/ipv4/tcp_available_congestion_control").Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
}
