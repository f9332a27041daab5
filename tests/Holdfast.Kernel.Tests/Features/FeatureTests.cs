using System.Text;
using System.Text.Json.Nodes;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Kernel.Tests.Support;

namespace Holdfast.Kernel.Tests.Features;

/// <summary>What the kernel has, as another prober finds it.</summary>
public sealed class FeatureTests
{
    [Fact]
    public void WhatIsFoundAgreesWithBpftool()
    {
        Privilege.Require();
        string text = Tools.TryRun(out string? error, "bpftool", "-j", "feature", "probe", "kernel");
        if (error is not null)
            Assert.Skip($"bpftool can't probe: {error}");
        JsonNode probed = JsonNode.Parse(text)!;
        BpfFeatures features = Bpf.OpenKernel().Features;
        foreach (MapType type in BpfFeatures.KnownMapTypes)
        {
            if (probed["map_types"]![$"have_{Spell(type)}_map_type"]?.GetValue<bool>() is { } has)
                Assert.True(has == features.Supports(type), $"{type}: bpftool says {has}");
        }

        // It may be older than the kernel: helpers that it finds nowhere it may not know.
        HashSet<string> known = [.. probed["helpers"]!.AsObject().SelectMany(list => list.Value!.AsArray()).Select(name => name!.GetValue<string>())];
        int helpers = 0;
        foreach (ProgramType type in BpfFeatures.KnownProgramTypes)
        {
            if (probed["program_types"]![$"have_{Spell(type)}_prog_type"]?.GetValue<bool>() is { } has)
                Assert.True(has == features.Supports(type), $"{type}: bpftool says {has}");
            if (probed["helpers"]![$"{Spell(type)}_available_helpers"] is not JsonArray { Count: > 0 } available || features.Supports(type, HelperId.MapLookupElem) is null)
                continue;
            string[] theirs = [.. available.Select(name => name!.GetValue<string>())];
            foreach (HelperId helper in BpfFeatures.KnownHelpers.Where(helper => known.Contains(HelperNames.Of(helper)) && !IsNoisy(helper)))
            {
                bool theirAnswer = theirs.Contains(HelperNames.Of(helper)), ourAnswer = features.Supports(type, helper) == true;

                // bpftool before 6.14 takes a newer kernel's words for a helper that isn't for the type as a yes; the log decides. It also
                // names no attach type for these two, and without one they can't read or set the return value.
                if (type is ProgramType.CgroupDevice or ProgramType.CgroupSysctl && helper is HelperId.GetRetval or HelperId.SetRetval)
                    Assert.True(ourAnswer);
                else if (theirAnswer && !ourAnswer)
                    Assert.Contains("program of this type cannot use helper ", LogOf(type, helper), StringComparison.Ordinal);
                else
                    Assert.True(theirAnswer == ourAnswer, $"{type} {helper}: bpftool says {theirAnswer}");
                helpers++;
            }
        }

        Assert.True(helpers > 1000, $"{helpers} answers were compared");
    }

    [Fact]
    public void UnknownTypesAreUnsupportedAndSaidSo()
    {
        Privilege.Require();
        using Bpf bpf = Bpf.OpenKernel();
        Assert.False(bpf.Features.Supports((MapType)4711));
        Assert.False(bpf.Features.Supports((ProgramType)4711));
        Assert.False(bpf.Features.Supports(ProgramType.SocketFilter, (HelperId)4711));
        Assert.True(bpf.Features.Supports(ProgramType.SocketFilter, HelperId.MapLookupElem));
        Assert.False(bpf.Features.Supports(ProgramType.SocketFilter, HelperId.RedirectMap));
        BpfException unsupported = Assert.Throws<BpfException>(() => bpf.CreateMap((MapType)4711, 4, 4, 1));
        Assert.Equal(Errno.EINVAL, unsupported.Errno);
        Assert.Contains("the kernel engine has no such map type here", unsupported.Message, StringComparison.Ordinal);
        BpfException program = Assert.Throws<BpfException>(
            () => bpf.Load(Counters.Spec.WithOnly("count_xdp").WithProgram("count_xdp", spec => spec with { Type = (ProgramType)4711 })));
        Assert.Contains("the kernel engine has no such program type here", program.Message, StringComparison.Ordinal);
    }

    private static string LogOf(ProgramType type, HelperId helper)
    {
        using Bpf bpf = Bpf.OpenKernel();
        byte[] log = new byte[4096];
        ProgLoadRequest request = new()
        {
            Type = type,
            ExpectedAttachType = type switch
            {
                ProgramType.CgroupSockAddr => AttachType.CgroupInet4Connect,
                ProgramType.CgroupSockopt => AttachType.CgroupGetsockopt,
                ProgramType.CgroupDevice => AttachType.CgroupDevice,
                ProgramType.CgroupSysctl => AttachType.CgroupSysctl,
                ProgramType.SkLookup => AttachType.SkLookup,
                ProgramType.Netfilter => AttachType.Netfilter,
                _ => default,
            },
            Flags = type == ProgramType.Syscall ? ProgramFlags.Sleepable : ProgramFlags.None,
            Instructions = [Insn.Call(helper), Insn.Exit()],
            LogLevel = 1,
            Log = log,
        };
        Assert.True(bpf.Engine.ProgLoad(request, out _) < 0);
        return Encoding.UTF8.GetString(log);
    }

    /// <summary>bpftool leaves out helpers that write to the kernel's log, unless asked for.</summary>
    private static bool IsNoisy(HelperId helper) => helper is HelperId.TracePrintk or HelperId.TraceVprintk or HelperId.ProbeWriteUser;

    private static string Spell<T>(T type)
        where T : struct, Enum
    {
        string name = type.ToString()
            .Replace("PerCpu", "Percpu", StringComparison.Ordinal).Replace("DevMap", "Devmap", StringComparison.Ordinal)
            .Replace("SockMap", "Sockmap", StringComparison.Ordinal).Replace("CpuMap", "Cpumap", StringComparison.Ordinal)
            .Replace("XskMap", "Xskmap", StringComparison.Ordinal).Replace("SockHash", "Sockhash", StringComparison.Ordinal)
            .Replace("SockArray", "Sockarray", StringComparison.Ordinal).Replace("RingBuf", "Ringbuf", StringComparison.Ordinal);
        return string.Concat(name.Select((letter, at) => char.IsUpper(letter) && at > 0 ? $"_{char.ToLowerInvariant(letter)}" : $"{char.ToLowerInvariant(letter)}"));
    }
}
