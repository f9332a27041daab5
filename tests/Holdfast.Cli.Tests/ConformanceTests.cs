using Holdfast.Isa.Instructions;
using Holdfast.Isa.Text;

namespace Holdfast.Cli.Tests;

/// <summary>The plug-in contract of the public bpf_conformance runner.</summary>
public sealed class ConformanceTests : IDisposable
{
    private readonly TemporaryStore _store = new();

    public void Dispose() => _store.Dispose();

    [Theory]
    [InlineData("r0 = *(u32 *)(r1 + 4)\nexit", "00000000efbeadde", "deadbeef")]
    [InlineData("r0 = r2\nexit", "000102", "3")]
    [InlineData("r0 = -1\nexit", null, "ffffffffffffffff")]
    [InlineData("r1 = 0\ncall 5\nr0 = 7\nexit", null, "0")]
    [InlineData("r1 = 9\ncall 5\nexit", null, "9")]
    public void R0IsPrinted(string text, string? memory, string result)
    {
        VerifierPresence.Require();
        Assert.True(Assembler.TryAssemble(text, out Instruction[] program, out _));
        foreach (string engine in new[] { "--jit", "--interpreter" })
        {
            string[] arguments = memory is null ? ["conformance", engine] : ["conformance", memory, engine];
            Assert.Equal(result + "\n", _store.RunWith(HexText.Format(program), arguments).Succeeded().Output);
        }
    }

    [Fact]
    public void WhatIsNotSafeFails()
    {
        Assert.True(Assembler.TryAssemble("r0 = *(u64 *)(r1 + 1)\nexit", out Instruction[] program, out _));
        _store.RunWith(HexText.Format(program), "conformance", "0011223344556677").Failed(1, "rejected");
        _store.RunWith("b7", "conformance").Failed(1, "no hex of 8-byte instructions");
        _store.RunWith("", "conformance").Failed(1, "there is no program");
        _store.RunWith("", "conformance", "xyz").Failed(2, "the memory is no hex");
        _store.RunWith("", "conformance", "--jit", "--interpreter").Failed(2, "exclude each other");
    }
}
