using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;

namespace Holdfast.Objects.Tests.Specs;

/// <summary>libbpf loads the same objects: instructions after relocation, maps and names of sections must be alike.</summary>
public sealed class LibbpfAgreementTests
{
    [Theory]
    [InlineData("maps")]
    [InlineData("code")]
    [InlineData("core")]
    [InlineData("ksyms")]
    [InlineData("iterators")]
    [InlineData("kfuncs")]
    public void InstructionsAreRelocatedAlike(string fixture)
    {
        string path = Repository.Objects().Single(path => Path.GetFileName(path) == fixture + ".bpf.o");
        using Libbpf libbpf = Libbpf.Load(path);
        Dictionary<string, Instruction[]> theirs = libbpf.Programs();
        BpfObjectSpec spec = BpfObjectSpec.Load(path);
        Assert.Equal(theirs.Keys.Order(), spec.Programs.Select(program => program.Name).Order());
        foreach (ProgramSpec program in spec.Programs.Where(program => program.Autoload))
        {
            HashSet<int> unbound = [.. program.CoreRelocations.Select(record => (int)record.InstructionOffset)];
            Instruction[] ours = [.. program.Instructions];
            Instruction[] other = theirs[program.Name];
            Assert.Equal(other.Length, ours.Length);
            foreach (InstructionReference reference in program.References)
                Unbind(ours, other, reference);
            for (int i = 0; i < ours.Length; i++)
                Assert.True(unbound.Contains(i) || ours[i] == other[i], $"{program.Name}, slot {i}: {ours[i]}, libbpf {other[i]}");
        }
    }

    [Theory]
    [InlineData("maps")]
    [InlineData("code")]
    [InlineData("core")]
    [InlineData("iterators")]
    [InlineData("kfuncs")]
    public void MapsAreReadAlike(string fixture)
    {
        string path = Repository.Objects().Single(path => Path.GetFileName(path) == fixture + ".bpf.o");
        using Libbpf libbpf = Libbpf.Load(path);
        List<LibbpfMap> theirs = libbpf.Maps();
        BpfObjectSpec spec = BpfObjectSpec.Load(path);
        Assert.Equal(theirs.Select(map => map.Name), spec.Maps.Select(map => map.IsData ? map.KernelName : map.Name));
        foreach ((LibbpfMap other, MapSpec ours) in theirs.Zip(spec.Maps))
        {
            Assert.Equal((other.Type, other.KeySize, other.ValueSize, other.Extra), ((uint)ours.Type, ours.KeySize, ours.ValueSize, ours.Extra));
            Assert.Equal((MapFlags)other.Flags, ours.Flags);
            // What depends on the machine, libbpf has filled in by now; maps of handles it has stripped of types.
            if (ours.Type is not (MapType.RingBuf or MapType.PerfEventArray))
                Assert.Equal(other.MaxEntries, ours.MaxEntries);
            if (other.ValueTypeId != 0)
                Assert.Equal((other.KeyTypeId, other.ValueTypeId), (ours.KeyTypeId, ours.ValueTypeId));
        }
    }

    /// <summary>The installed libbpf may be older than the table: what it doesn't know it must not contradict.</summary>
    [Fact]
    public void SectionNamesMeanTheSame()
    {
        Libbpf.Require();
        int known = 0;
        foreach (ProgramSection section in ProgramSections.All)
        {
            foreach (string name in new[] { section.Pattern.TrimEnd('+'), section.Pattern.TrimEnd('+') + "/target" })
            {
                (int result, int type, int attach) = Libbpf.TypeByName(name);
                ProgramSection? ours = ProgramSections.Find(name);
                if (result != 0)
                    continue;
                known++;
                Assert.NotNull(ours);
                Assert.True((int)ours.Type == type && (int)ours.AttachType == attach, $"{name}: {ours.Type} {ours.AttachType}, libbpf {(ProgramType)type} {(AttachType)attach}");
            }
        }

        Assert.InRange(known, 80, 500);
    }

    /// <summary>Descriptors and kernel ids are of one load, not of the object.</summary>
    private static void Unbind(Instruction[] ours, Instruction[] other, InstructionReference reference)
    {
        int slot = reference.InstructionIndex;
        other[slot] = other[slot] with { Immediate = 0 };
        ours[slot] = ours[slot] with { Immediate = 0 };
        if (reference.Kind == ReferenceKind.KernelVariable)
        {
            other[slot] = ours[slot];
            other[slot + 1] = ours[slot + 1];
        }
    }
}
