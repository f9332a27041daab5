using System.Buffers.Binary;

namespace Holdfast.Cli.Tests.BadInput;

/// <summary>Object files that are cut, blown up or changed: every command that takes one says so in a line, and leaves nothing.</summary>
public sealed class BadObjectTests : IDisposable
{
    private static readonly byte[] Sample = File.ReadAllBytes(TemporaryStore.Sample("flow_stats.bpf.o"));

    private readonly TemporaryStore _store = new();

    public void Dispose() => _store.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(2000)]
    [InlineData(-1)]
    public void Truncated(int length) => IsRefused("truncated.bpf.o", Sample[..(length < 0 ? Sample.Length + length : length)]);

    [Theory]
    [InlineData(4, 1, 1ul)] // EI_CLASS: 32 bits
    [InlineData(5, 1, 2ul)] // EI_DATA: big-endian
    [InlineData(16, 2, 2ul)] // e_type: an executable
    [InlineData(18, 2, 62ul)] // e_machine: x86-64
    [InlineData(40, 8, ulong.MaxValue)] // e_shoff
    [InlineData(40, 8, 1ul << 40)]
    [InlineData(58, 2, 1ul)] // e_shentsize
    [InlineData(60, 2, 0xfffful)] // e_shnum
    [InlineData(62, 2, 0xfff0ul)] // e_shstrndx
    public void Mutated(int offset, int size, ulong value)
    {
        byte[] bytes = [.. Sample];
        Span<byte> word = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(word, value);
        word[..size].CopyTo(bytes.AsSpan(offset));
        IsRefused("mutated.bpf.o", bytes);
    }

    [Fact]
    public void SectionsLargerThanTheFile()
    {
        byte[] bytes = [.. Sample];
        int headers = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(40));
        int count = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(60));
        for (int section = 1; section < count; section++)
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(headers + (section * 64) + 32), 1ul << 62);
        IsRefused("sections.bpf.o", bytes);
    }

    [Fact]
    public void TypesThatAreNone()
    {
        byte[] bytes = [.. Sample];
        int magic = bytes.AsSpan().IndexOf((byte[])[0x9f, 0xeb, 0x01, 0x00]);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(magic + 12), uint.MaxValue); // type_len
        IsRefused("types.bpf.o", bytes);
    }

    [Fact]
    public void Oversized()
    {
        string path = _store.WriteFile("oversized.bpf.o", Sample);
        using (FileStream file = File.OpenWrite(path))
            file.SetLength(1L << 33);
        foreach (string[] command in Commands(path))
            _store.Run(command).Failed(1, "larger than 256 MB");
    }

    private void IsRefused(string name, byte[] bytes)
    {
        string path = _store.WriteFile(name, bytes);
        foreach (string[] command in Commands(path))
            _store.Run(command).Failed(1, path);
        _store.HasNoObjects();
    }

    private static string[][] Commands(string path) =>
        [["verify", path], ["prog", "load", path, "one"], ["prog", "loadall", path, "all"], ["disasm", path], ["btf", "dump", path]];
}
