using System.Buffers.Binary;
using Holdfast.Objects.Elf;

namespace Holdfast.Objects.Tests.Elf;

/// <summary>Damaged files get numbered diagnostics with the place.</summary>
public sealed class DamageTests
{
    private static readonly byte[] Good = File.ReadAllBytes(Repository.Fixture("code.bpf.o"));

    [Fact]
    public void ANonElfFileIsSaidToBeOne() => Expect([.. "#!/bin/sh"u8], ObjectDiagnosticId.NotElf, 0);

    [Fact]
    public void AnEmptyFileIsNoElf() => Expect([], ObjectDiagnosticId.NotElf, 0);

    [Fact]
    public void AShortHeaderIsReported() => Expect(Good[..40], ObjectDiagnosticId.BadHeader, 40);

    [Fact]
    public void A32BitFileIsReported() => Expect(With(4, 1), ObjectDiagnosticId.Not64Bit, 4);

    [Fact]
    public void AnUnknownByteOrderIsReported() => Expect(With(5, 3), ObjectDiagnosticId.UnknownByteOrder, 5);

    [Fact]
    public void AForeignMachineIsReported() => Expect(With(18, 62), ObjectDiagnosticId.NotBpf, 18);

    [Fact]
    public void AnExecutableIsReported() => Expect(With(16, 2), ObjectDiagnosticId.NotRelocatable, 16);

    [Fact]
    public void ASectionTableOutsideTheFileIsReported() => Expect(With64(40, 1L << 40), ObjectDiagnosticId.BadSectionTable, 40);

    [Fact]
    public void AHugeNumberOfSectionsIsReported()
    {
        byte[] file = With(60, 0);
        file[61] = 0;
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(SectionEntry(0) + 32), ulong.MaxValue);
        Expect(file, ObjectDiagnosticId.BadSectionTable, 60);
    }

    [Fact]
    public void ASectionOutsideTheFileIsReported()
    {
        byte[] file = [.. Good];
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(SectionEntry(".BTF") + 32), ulong.MaxValue);
        Expect(file, ObjectDiagnosticId.SectionOutsideFile, null);
    }

    [Fact]
    public void AHugeBssIsReportedWithoutMemory()
    {
        byte[] file = [.. Good];
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(SectionEntry(".bss") + 32), 1ul << 31);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Expect(file, ObjectDiagnosticId.DataTooLarge, null);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
    }

    [Fact]
    public void BigEndianObjectsAreReadAndRefusedWithTheReason()
    {
        byte[] file = File.ReadAllBytes(Repository.Fixture("big_endian.o"));
        Assert.True(ElfFile.TryRead(file, out ElfFile? elf, out _));
        Assert.True(elf.IsBigEndian);
        Assert.NotNull(elf.FindSection("xdp"));
        ObjectDiagnostic diagnostic = Expect(file, ObjectDiagnosticId.BigEndian, 5);
        Assert.Equal("OBJ203", diagnostic.Code);
        Assert.Contains("bpfel", diagnostic.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EveryTruncationIsReported()
    {
        for (int length = 0; length < Good.Length; length += 7)
        {
            bool isRead = BpfObjectSpec.TryParse(Good.AsMemory(0, length), "cut", out _, out IReadOnlyList<ObjectDiagnostic> diagnostics);
            Assert.Equal(isRead, diagnostics.Count == 0);
            Assert.False(isRead);
        }
    }

    [Fact]
    public void AMissingFileIsReported()
    {
        Assert.False(BpfObjectSpec.TryLoad("/nonexistent/x.o", out _, out IReadOnlyList<ObjectDiagnostic> diagnostics));
        Assert.Equal(ObjectDiagnosticId.Unreadable, Assert.Single(diagnostics).Id);
    }

    [Fact]
    public void TheExceptionNamesTheObjectAndThePlace()
    {
        ObjectFormatException exception = Assert.Throws<ObjectFormatException>(() => BpfObjectSpec.Parse(With(18, 62), "broken"));
        Assert.StartsWith("broken: OBJ201 at byte 18: ", exception.Message, StringComparison.Ordinal);
    }

    private static ObjectDiagnostic Expect(byte[] file, ObjectDiagnosticId id, long? offset)
    {
        Assert.False(BpfObjectSpec.TryParse(file, "damaged", out _, out IReadOnlyList<ObjectDiagnostic> diagnostics));
        ObjectDiagnostic first = Assert.Single(diagnostics);
        Assert.Equal(id, first.Id);
        if (offset is { } place)
        {
            Assert.Equal(place, first.Offset);
        }

        return first;
    }

    private static byte[] With(int offset, byte value)
    {
        byte[] file = [.. Good];
        file[offset] = value;
        return file;
    }

    private static byte[] With64(int offset, long value)
    {
        byte[] file = [.. Good];
        BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(offset), value);
        return file;
    }

    private static int SectionEntry(int index) => (int)BinaryPrimitives.ReadUInt64LittleEndian(Good.AsSpan(40)) + (index * 64);

    private static int SectionEntry(string name)
    {
        Assert.True(ElfFile.TryRead(Good, out ElfFile? elf, out _));
        return SectionEntry(elf.FindSection(name)!.Index);
    }
}
