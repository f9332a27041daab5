using System.Buffers.Binary;
using CsCheck;
using Holdfast.Isa.Abi;

namespace Holdfast.Isa.Tests;

public sealed class AttributeReaderTests
{
    public static TheoryData<BpfCommand> Commands => [.. Enum.GetValues<BpfCommand>()];

    [Theory]
    [MemberData(nameof(Commands))]
    public void EveryCommandHasALastField(BpfCommand command)
    {
        Assert.NotNull(AttributeReader.FieldsEnd(command));
        Assert.InRange(AttributeReader.FieldsEnd(command)!.Value, 4, AttributeReader.UnionSize);
    }

    /// <summary>One byte past the fields, everything else zero. That the last field isn't further on is the next test's.</summary>
    [Theory]
    [MemberData(nameof(Commands))]
    public void KernelRefusesBytesPastOurLastField(BpfCommand command)
    {
        KernelBpf.SkipUnlessAvailable();
        using KernelBpf kernel = new();
        int end = AttributeReader.FieldsEnd(command)!.Value;
        for (int i = end; i < AttributeReader.UnionSize; i++)
        {
            byte[] attribute = new byte[AttributeReader.UnionSize];
            attribute[i] = 1;
            Assert.Equal(-(int)Errno.EINVAL, kernel.Invoke(command, attribute));
            Assert.Equal(Errno.EINVAL, AttributeReader.Check(command, attribute));
        }

        byte[] tooLong = new byte[AttributeReader.UnionSize + 1];
        tooLong[^1] = 1;
        Assert.Equal(-(int)Errno.E2BIG, kernel.Invoke(command, tooLong));
        Assert.Equal(Errno.E2BIG, AttributeReader.Check(command, tooLong));
        Assert.Equal(-(int)Errno.E2BIG, kernel.Invoke(command, new byte[AttributeReader.MaxSize + 1]));
        Assert.Equal(Errno.E2BIG, AttributeReader.Check(command, new byte[AttributeReader.MaxSize + 1]));
    }

    /// <summary>Our last field is one to the kernel too: something in it is answered otherwise than EINVAL.</summary>
    [Theory]
    [InlineData(BpfCommand.MapLookupElem, 0, 24, 4, Errno.EBADF)] // flags = BPF_F_LOCK
    [InlineData(BpfCommand.MapUpdateElem, 0, 24, 1, Errno.EBADF)]
    [InlineData(BpfCommand.MapDeleteElem, 0, 8, 1, Errno.EBADF)]
    [InlineData(BpfCommand.MapGetNextKey, 0, 16, 1, Errno.EBADF)]
    [InlineData(BpfCommand.MapLookupBatch, 36, 48, 0, Errno.EBADF)]
    [InlineData(BpfCommand.ProgTestRun, 0, 72, 1, Errno.EBADF)]
    [InlineData(BpfCommand.MapGetNextId, 0, 4, 1, Errno.EINVAL)] // start_id over INT_MAX
    [InlineData(BpfCommand.LinkUpdate, 0, 12, 0, Errno.EBADF)]
    [InlineData(BpfCommand.MapGetFdById, 0, 8, 8, Errno.ENOENT)] // open_flags = BPF_F_RDONLY
    [InlineData(BpfCommand.ProgGetFdById, 0, 0, -1, Errno.ENOENT)]
    [InlineData(BpfCommand.LinkGetFdById, 0, 0, -1, Errno.ENOENT)]
    [InlineData(BpfCommand.BtfGetFdById, 0, 12, 1, Errno.ENOENT)]
    [InlineData(BpfCommand.LinkDetach, 0, 0, -1, Errno.EBADF)]
    [InlineData(BpfCommand.MapFreeze, 0, 0, -1, Errno.EBADF)]
    [InlineData(BpfCommand.ProgStreamReadByFd, 16, 16, -1, Errno.EBADF)]
    [InlineData(BpfCommand.LinkCreate, 0, 56, 1, Errno.EBADF)]
    [InlineData(BpfCommand.ProgBindMap, 0, 4, 1, Errno.EBADF)]
    [InlineData(BpfCommand.RawTracepointOpen, 8, 16, 1, Errno.EBADF)]
    [InlineData(BpfCommand.ObjGetInfoByFd, 0, 8, 1, Errno.EBADFD)]
    public void KernelKnowsOurLastField(BpfCommand command, int descriptorAt, int lastAt, int last, Errno expected)
    {
        KernelBpf.SkipUnlessAvailable();
        using KernelBpf kernel = new();
        byte[] attribute = new byte[AttributeReader.UnionSize];
        BinaryPrimitives.WriteInt32LittleEndian(attribute.AsSpan(descriptorAt), -1);
        BinaryPrimitives.WriteInt32LittleEndian(attribute.AsSpan(lastAt), last);
        Assert.Equal(-(int)expected, kernel.Invoke(command, attribute));
        Assert.Equal(Errno.None, AttributeReader.Check(command, attribute));
    }

    [Fact]
    public void UnknownCommandIsInvalid() => Assert.Equal(Errno.EINVAL, AttributeReader.Check((BpfCommand)1000, new byte[4]));

    [Fact]
    public void MissingFieldsAreZeroAndOutputGoesBack()
    {
        byte[] attribute = [7, 0, 0, 0];
        Assert.True(AttributeReader.TryRead(BpfCommand.MapGetNextId, attribute, out GetIdAttribute read, out Errno error));
        Assert.Equal((7u, 0u, Errno.None), (read.Id, read.NextId, error));
        read.NextId = 9;
        AttributeReader.WriteBack(attribute, read);
        Assert.Equal([7, 0, 0, 0], attribute);
        byte[] longer = new byte[200];
        AttributeReader.WriteBack(longer, read);
        Assert.Equal(9, longer[4]);
    }

    [Fact]
    public void AnyBytesAreAnswered() =>
        Gen.Select(Gen.UInt[0, 40], Gen.Byte.Array[0, 300]).Sample((command, bytes) =>
            AttributeReader.TryRead((BpfCommand)command, bytes, out ProgLoadAttribute _, out Errno error) == (error == Errno.None));
}
