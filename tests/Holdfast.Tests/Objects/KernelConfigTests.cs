using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Tests.Engines;

namespace Holdfast.Tests.Objects;

/// <summary>Values of the kernel's configuration, in every type that a <c>__kconfig</c> symbol can have.</summary>
public sealed class KernelConfigTests
{
    private static readonly Dictionary<string, string> Config = new()
    {
        ["CONFIG_HOLDFAST_BOOL"] = "y",
        ["CONFIG_HOLDFAST_TRISTATE"] = "m",
        ["CONFIG_HOLDFAST_CHAR"] = "m",
        ["CONFIG_HOLDFAST_INT"] = "-5",
        ["CONFIG_HOLDFAST_HEX"] = "0xfedcba9876543210",
        ["CONFIG_HOLDFAST_SHORT"] = "-32768",
        ["CONFIG_HOLDFAST_TEXT"] = "\"too long a text\"",
    };

    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void EveryTypeGetsItsValue(string engine)
    {
        using EngineUnderTest under = EngineUnderTest.Open(engine);
        using BpfObject loaded = under.Bpf.Load(Samples.Own("kconfig"), new BpfLoadOptions { KernelConfig = Config });
        Assert.Equal(7u, loaded.Program("read_all").TestRun(new byte[64]));
        byte[] seen = new byte[loaded.Map(".bss").ValueSize];
        Assert.True(loaded.Map(".bss").TryLookup(new byte[4], seen));
        Assert.Equal((1, 'm'), (seen[0], (char)seen[3]));
        Assert.Equal([2, -5, 0], Enumerable.Range(1, 3).Select(i => BinaryPrimitives.ReadInt32LittleEndian(seen.AsSpan(i * 4))));
        Assert.Equal(0xfedcba9876543210, BinaryPrimitives.ReadUInt64LittleEndian(seen.AsSpan(16)));
        Assert.Equal(-32768, BinaryPrimitives.ReadInt32LittleEndian(seen.AsSpan(24)));
        Version version = Environment.OSVersion.Version;
        Assert.Equal(((uint)version.Major << 16) | ((uint)version.Minor << 8), BinaryPrimitives.ReadUInt32LittleEndian(seen.AsSpan(28)) & ~0xffu);
        Assert.Equal("too lon\0"u8, seen.AsSpan(32, 8));
    }

    [Fact]
    public void WhatTheKernelHasIsFoundOut()
    {
        using EngineUnderTest kernel = EngineUnderTest.Open("kernel");
        using BpfObject loaded = kernel.Bpf.Load(Samples.Own("kconfig"), new BpfLoadOptions { KernelConfig = Config });
        loaded.Program("read_all").TestRun(new byte[64]);
        byte[] seen = new byte[loaded.Map(".bss").ValueSize];
        Assert.True(loaded.Map(".bss").TryLookup(new byte[4], seen));
        // Since Linux 5.15 and 4.17.
        Assert.Equal(Environment.OSVersion.Version >= new Version(5, 15), seen[1] == 1);
        Assert.Equal(Environment.OSVersion.Version >= new Version(4, 17), seen[2] == 1);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void TheMapIsReadOnlyAndFrozen(string engine)
    {
        using EngineUnderTest under = EngineUnderTest.Open(engine);
        using BpfObject loaded = under.Bpf.Load(Samples.Own("kconfig").WithOnly(), new BpfLoadOptions { KernelConfig = Config });
        BpfMap map = loaded.Map(".kconfig");
        Assert.Equal(MapFlags.ReadOnlyProgram | MapFlags.Mmapable, map.Info.MapFlags);
        Assert.Equal(Errno.EPERM, Assert.Throws<BpfException>(() => map.Update(new byte[4], new byte[map.ValueSize])).Errno);
    }

    [Theory]
    [InlineData("CONFIG_HOLDFAST_BOOL", "m", "y and n are for bool")]
    [InlineData("CONFIG_HOLDFAST_BOOL", "1", "y and n are for bool")]
    [InlineData("CONFIG_HOLDFAST_INT", "y", "numbers for integers")]
    [InlineData("CONFIG_HOLDFAST_INT", "0x80000000", "more than its type of 4 bytes")]
    [InlineData("CONFIG_HOLDFAST_INT", "\"250\"", "numbers for integers")]
    [InlineData("CONFIG_HOLDFAST_SHORT", "32768", "more than its type of 2 bytes")]
    [InlineData("CONFIG_HOLDFAST_TEXT", "5", "no text")]
    [InlineData("CONFIG_HOLDFAST_CHAR", "300", "more than its type of 1 bytes")]
    [InlineData("CONFIG_HOLDFAST_TRISTATE", "2", "y and n are for bool")]
    public void AValueThatTheTypeCantHoldIsRefused(string name, string value, string why)
    {
        using EngineUnderTest user = EngineUnderTest.Open("user");
        BpfException refused = Assert.Throws<BpfException>(() => user.Bpf.Load(
            Samples.Own("kconfig"), new BpfLoadOptions { KernelConfig = new Dictionary<string, string>(Config) { [name] = value } }));
        Assert.Equal(Errno.EINVAL, refused.Errno);
        Assert.StartsWith($"extern '{name}': it is {value}", refused.Message, StringComparison.Ordinal);
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AMissingValueIsNamedWithTheRemedy()
    {
        using EngineUnderTest user = EngineUnderTest.Open("user");
        BpfException refused = Assert.Throws<BpfException>(() => user.Bpf.Load(Samples.Own("kconfig"), new BpfLoadOptions { KernelConfig = new Dictionary<string, string>() }));
        Assert.Equal(
            "extern 'CONFIG_HOLDFAST_BOOL': the kernel's configuration has no such value; give BpfLoadOptions.KernelConfig, or declare it __weak [ENOENT]",
            refused.Message);
    }

    [Theory]
    [InlineData("6.1.0", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.119-1 (2024-11-22)", 0x060177u)]
    [InlineData("5.4.0", "Ubuntu 5.4.0-12.15-generic 5.4.8", 0x050408u)]
    [InlineData("6.18.44", "#1 SMP PREEMPT_DYNAMIC @0", 0x06122cu)]
    [InlineData("4.19.325", "", 0x0413ffu)]
    public void TheVersionIsTheRunningKernels(string release, string description, uint code) =>
        Assert.Equal(code, KernelFacts.VersionCode(Version.Parse(release), description));
}
