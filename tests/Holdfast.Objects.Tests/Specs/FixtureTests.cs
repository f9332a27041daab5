using System.Text;
using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;

namespace Holdfast.Objects.Tests.Specs;

/// <summary>What the specs of the compiled fixtures hold.</summary>
public sealed class FixtureTests
{
    [Fact]
    public void EveryMemberOfADeclarationIsRead()
    {
        BpfObjectSpec spec = Load("maps");
        MapSpec pinned = spec.FindMap("pinned_by_name")!;
        Assert.Equal((MapPinning.ByName, 8u, 24u, "pinned_by_name"), (pinned.Pinning, pinned.KeySize, pinned.ValueSize, pinned.KernelName));
        Assert.Equal("value", spec.Btf!.NameOf(pinned.ValueTypeId));
        MapSpec sized = spec.FindMap("sized")!;
        Assert.Equal((MapFlags.Mmapable, 24u, 0u), (sized.Flags, sized.ValueSize, sized.ValueTypeId));
        Assert.Equal((3ul, 8u, 0u), (spec.FindMap("bloom")!.Extra, spec.FindMap("bloom")!.ValueSize, spec.FindMap("bloom")!.KeySize));
        Assert.Equal(5000u, spec.FindMap("ring")!.MaxEntries);
    }

    [Fact]
    public void MapsOfMapsAndProgArraysNameTheirMembers()
    {
        BpfObjectSpec spec = Load("maps");
        MapSpec outer = spec.FindMap("outer")!;
        Assert.Equal([new(1, "inner_one"), new(3, "inner_two")], outer.Slots.Order(Comparer<MapSlotSpec>.Create((a, b) => a.Index.CompareTo(b.Index))));
        Assert.Equal((MapType.Array, 2u, 8u), (outer.InnerMap!.Type, outer.InnerMap.MaxEntries, outer.InnerMap.ValueSize));
        Assert.Equal(4u, outer.ValueSize);
        Assert.Equal([new MapSlotSpec(2, "target")], spec.FindMap("jumps")!.Slots);
    }

    [Fact]
    public void DataSectionsAreMaps()
    {
        BpfObjectSpec spec = Load("code");
        MapSpec constants = spec.FindMap(".rodata")!;
        Assert.Equal(("code.rodata", MapFlags.ReadOnlyProgram | MapFlags.Mmapable, true), (constants.KernelName, constants.Flags, constants.Freeze));
        Assert.Equal("code.data", spec.FindMap(".data")!.KernelName);
        Assert.Equal(".data.custom", spec.FindMap(".data.custom")!.KernelName);
        MapSpec zeros = spec.FindMap(".bss")!;
        Assert.True(zeros.InitialData.IsEmpty);
        Assert.Equal(8u, zeros.ValueSize);
        Assert.Equal(0x1122334455667788u, BitConverter.ToUInt64([.. spec.FindMap(".data")!.InitialData]));
    }

    [Fact]
    public void VariablesCanBeSetBeforeLoading()
    {
        BpfObjectSpec spec = Load("code");
        VariableSpec limit = spec.Variables.Single(variable => variable.Name == "limit");
        Assert.Equal((".rodata", 4u, true), (limit.MapName, limit.Size, limit.IsReadOnly));
        BpfObjectSpec changed = spec.WithVariable("limit", [1, 2, 3, 4]).WithVariable("calls", [9, 0, 0, 0]);
        Assert.Equal([1, 2, 3, 4], changed.FindMap(".rodata")!.InitialData.AsSpan((int)limit.Offset, 4).ToArray());
        Assert.Equal(8, changed.FindMap(".bss")!.InitialData.Length);
        Assert.Equal(10, spec.FindMap(".rodata")!.InitialData[(int)limit.Offset]);
        Assert.Throws<ArgumentException>(() => spec.WithVariable("limit", [1]));
    }

    [Fact]
    public void SubprogramsAreAppendedOncePerProgram()
    {
        BpfObjectSpec spec = Load("code");
        ProgramSpec first = spec.FindProgram("first")!;
        Assert.Equal(["first", "shared", "leaf", "veiled"], first.Functions.Select(record => spec.Btf!.NameOf(record.TypeId)));
        Assert.Equal(first.Functions.Select(record => record.InstructionOffset).Order(), first.Functions.Select(record => record.InstructionOffset));
        Assert.All(first.Functions, record => Assert.Contains(first.Lines, line => line.InstructionOffset == record.InstructionOffset));
        ProgramSpec second = spec.FindProgram("second")!;
        Assert.Contains(second.Instructions, instruction => instruction.IsLoadImmediate64 && instruction.Source == (byte)PseudoLoad.Function);
    }

    [Fact]
    public void ProgramsBehindAQuestionMarkAreLeftOut()
    {
        ProgramSpec program = Load("code").FindProgram("left_out")!;
        Assert.Equal((false, ProgramType.SchedCls, "?tc"), (program.Autoload, program.Type, program.SectionName));
    }

    [Fact]
    public void ExternsAreListed()
    {
        BpfObjectSpec spec = Load("code");
        Assert.Equal(0x00061200u, spec.KernelVersion);
        Assert.Equal(
            ["CONFIG_BPF:KernelConfig:False", "CONFIG_HOLDFAST_MISSING:KernelConfig:True", "CONFIG_HOLDFAST_TEXT:KernelConfig:True", "LINUX_KERNEL_VERSION:KernelConfig:False", "holdfast_missing_symbol:KernelVariable:True"],
            spec.Externs.Select(symbol => $"{symbol.Name}:{symbol.Kind}:{symbol.IsWeak}"));
        Assert.Equal(MapContents.KernelConfig, spec.FindMap(".kconfig")!.Contents);
    }

    [Fact]
    public void BtfIsCompletedForTheKernel()
    {
        BpfObjectSpec spec = Load("code");
        foreach (string fixture in new[] { "code", "maps", "core", "ksyms" })
        {
            Assert.Null(BtfLoadCheck.Find(Load(fixture).Btf!));
        }

        Assert.Equal(BtfFunctionLinkage.Static, spec.Btf!.FindByName<BtfFunction>("veiled")!.Linkage);
        BtfDataSection section = spec.Btf.FindByName<BtfDataSection>(".rodata")!;
        Assert.Equal(spec.FindMap(".rodata")!.ValueSize, section.Size);
        Assert.Equal(section.Variables.Select(entry => entry.Offset).Order(), section.Variables.Select(entry => entry.Offset));
    }

    [Fact]
    public void LegacyMapsAreRead()
    {
        BpfObjectSpec spec = Load("legacy");
        Assert.Equal(["first:Hash:8:16:32:NoPrealloc", "second:Array:4:8:2:None"],
            spec.Maps.Select(map => $"{map.Name}:{map.Type}:{map.KeySize}:{map.ValueSize}:{map.MaxEntries}:{map.Flags}"));
        Assert.Equal(["second", "first"], Assert.Single(spec.Programs).References.Select(reference => reference.Target));
    }

    [Fact]
    public void TheSameBytesGiveTheSameSpec()
    {
        foreach (string path in Repository.Objects())
        {
            BpfObjectSpec one = BpfObjectSpec.Load(path);
            BpfObjectSpec other = BpfObjectSpec.Load(path);
            Assert.Equal(Render(one), Render(other));
        }
    }

    private static string Render(BpfObjectSpec spec)
    {
        StringBuilder text = new();
        foreach (ProgramSpec program in spec.Programs)
        {
            text.Append(program.Name).Append(Convert.ToHexString(InstructionStream.ToBytes(program.Instructions.AsSpan())));
            text.AppendJoin(' ', program.References).AppendJoin(' ', program.Functions).AppendJoin(' ', program.Lines);
        }

        text.AppendJoin(' ', spec.Maps.Select(map => map with { InitialData = [], Slots = [] })).AppendJoin(' ', spec.Externs).AppendJoin(' ', spec.Variables);
        return text.Append(Convert.ToHexString(spec.Btf!.RawBytes.Span)).ToString();
    }

    private static BpfObjectSpec Load(string fixture) => BpfObjectSpec.Load(Repository.Fixture(fixture + ".bpf.o"));
}
