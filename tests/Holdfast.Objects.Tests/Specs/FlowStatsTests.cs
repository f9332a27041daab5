using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;

namespace Holdfast.Objects.Tests.Specs;

/// <summary>The sample that the main job runs on.</summary>
public sealed class FlowStatsTests
{
    private static readonly BpfObjectSpec Spec = BpfObjectSpec.Load(Repository.Sample("flow_stats.bpf.o"));

    [Fact]
    public void TheObjectIsNamedAndLicensed()
    {
        Assert.Equal("flow_stats", Spec.Name);
        Assert.Equal("Dual MIT/GPL", Spec.License);
        Assert.NotNull(Spec.Btf);
    }

    [Fact]
    public void MapsAreAsDeclared()
    {
        Assert.Equal(["flows", "protocols"], Spec.Maps.Select(map => map.Name));
        MapSpec flows = Spec.Maps[0];
        Assert.Equal((MapType.Hash, 40u, 40u, 65536u, MapFlags.NoPrealloc), (flows.Type, flows.KeySize, flows.ValueSize, flows.MaxEntries, flows.Flags));
        Assert.Equal("flow_key", Spec.Btf!.NameOf(flows.KeyTypeId));
        Assert.Equal("flow_stats", Spec.Btf.NameOf(flows.ValueTypeId));
        MapSpec protocols = Spec.Maps[1];
        Assert.Equal((MapType.Array, 4u, 16u, 258u, MapFlags.None), (protocols.Type, protocols.KeySize, protocols.ValueSize, protocols.MaxEntries, protocols.Flags));
    }

    [Fact]
    public void TheProgramIsXdpWithItsReferencesAndLines()
    {
        ProgramSpec program = Assert.Single(Spec.Programs);
        Assert.Equal(("flow_stats", "xdp", ProgramType.Xdp, AttachType.Xdp), (program.Name, program.SectionName, program.Type, program.ExpectedAttachType));
        Assert.Equal(0xe50 / 8, program.Instructions.Length);
        Assert.Equal(7, program.References.Length);
        Assert.Equal(new InstructionReference(0x88 / 8, ReferenceKind.Map, "protocols"), program.References[0]);
        Assert.Equal((byte)PseudoLoad.MapFd, program.Instructions[0x88 / 8].Source);
        Assert.Equal(0u, Assert.Single(program.Functions).InstructionOffset);
        Assert.NotEmpty(program.Lines);
    }
}
