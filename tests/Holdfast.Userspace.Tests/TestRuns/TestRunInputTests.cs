using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Userspace.Programs.Contexts;
using Holdfast.Userspace.TestRuns;

namespace Holdfast.Userspace.Tests.TestRuns;

/// <summary>What BPF_PROG_TEST_RUN takes and refuses, type by type, against the running kernel: sizes, fields, flags.</summary>
public sealed class TestRunInputTests
{
    private const int Cases = 600;

    [Theory]
    [InlineData(ProgramType.SocketFilter)]
    [InlineData(ProgramType.SchedCls)]
    [InlineData(ProgramType.CgroupSkb)]
    [InlineData(ProgramType.LwtOut)]
    public void Packets_and_their_contexts(ProgramType type) => Compare(type, default, random => new TestRunInput
    {
        Data = Frame(random),
        Context = random.Next(4) == 0 ? null : SkBuff(random),
        ContextRoom = 256,
        Flags = random.Next(8) == 0 ? (uint)random.Next(6) : 0,
    });

    [Fact]
    public void Frames_and_their_contexts() => Compare(ProgramType.Xdp, default, random =>
    {
        byte[] data = Frame(random);
        return new TestRunInput
        {
            Data = data,
            Context = random.Next(3) == 0 ? null : Words(Meta(random), data.Length - (random.Next(4) == 0 ? random.Next(-20, 60) : 0), Rare(random, 4), Rare(random, 1), Rare(random, 1), Rare(random, 1)),
            ContextRoom = random.Next(2) == 0 ? 0u : 256,
            Flags = random.Next(20) == 0 ? 1u : 0,
        };
    });

    [Fact]
    public void Flow_keys() => Compare(ProgramType.FlowDissector, AttachType.FlowDissector, random => new TestRunInput
    {
        Data = Frame(random),
        Context = random.Next(2) == 0 ? null : Words([.. new int[12], random.Next(4), Rare(random, 1)]),
        ContextRoom = random.Next(2) == 0 ? 0u : 256,
        Flags = Flags(random),
    });

    [Fact]
    public void Syscall_arguments() => Compare(ProgramType.Syscall, default, random => new TestRunInput
    {
        Data = random.Next(8) == 0 ? new byte[64] : [],
        DataRoom = 0,
        Context = new byte[random.Next(1, 40)],
        Repeat = Flags(random),
        Flags = Flags(random),
    });

    [Fact]
    public void Tracepoint_arguments() => Compare(ProgramType.RawTracepoint, default, random => new TestRunInput
    {
        Data = random.Next(8) == 0 ? new byte[64] : [],
        Context = new byte[random.Next(1, 110)],
        Repeat = Flags(random),
    });

    [Fact]
    public void Socket_lookups() => Compare(ProgramType.SkLookup, AttachType.SkLookup, random => new TestRunInput
    {
        Data = random.Next(8) == 0 ? new byte[64] : [],
        Context = random.Next(8) == 0 ? null : Words([0, Rare(random, 1), random.Next(4) switch { 0 => 3, 1 => 10, _ => 2 }, 6, .. new int[11], random.Next(70000), Rare(random, 1), 0]),
        ContextRoom = 256,
        Flags = Flags(random),
    });

    private static void Compare(ProgramType type, AttachType attachType, Func<Random, TestRunInput> make)
    {
        KernelRuns.SkipUnlessAvailable();
        int program = KernelRuns.Load([Insn.Mov64Imm(0, 1), Insn.Exit()], type, attachType, out string log, type == ProgramType.Syscall ? ProgramFlags.Sleepable : ProgramFlags.None);
        Assert.True(program >= 0, log);
        Random random = new((int)type);
        Dictionary<string, List<string>> differences = [];
        for (int i = 0; i < Cases; i++)
        {
            TestRunInput input = make(random);
            KernelRun theirs = KernelRuns.Run(program, input.Data, input.Context, input.ContextRoom != 0, input.Flags, input.Repeat);
            Errno error = TestRunContexts.Create(new TestRunSubject(type, attachType, 0), input, out HostContext? context, out byte[] contextOut);
            string data = "";
            if (error == Errno.None)
            {
                using (context!)
                {
                    error = ContextTestRun.Finish(context!, contextOut);
                    data = Convert.ToHexString([.. context!.DataOut, .. context.DataOutTail]);
                }
            }

            string said = $"{theirs.Error}/{error}";
            if (theirs.Error != error)
            {
                Note(differences, said, Describe(input));
            }
            else if (error == Errno.None && type is not (ProgramType.FlowDissector or ProgramType.Syscall or ProgramType.RawTracepoint or ProgramType.SkLookup))
            {
                if (Convert.ToHexString(theirs.Data) != data)
                {
                    Note(differences, "data", $"{Describe(input)}: {Shorten(Convert.ToHexString(theirs.Data))} / {Shorten(data)}");
                }

                if (input.ContextRoom != 0 && Convert.ToHexString(theirs.Context) != Convert.ToHexString(contextOut))
                {
                    Note(differences, "context", $"{Describe(input)}: {Convert.ToHexString(theirs.Context)} / {Convert.ToHexString(contextOut)}");
                }
            }
        }

        _ = KernelRuns.Close(program);
        Assert.True(differences.Count == 0, string.Join('\n', differences.Select(group => $"{group.Key} ({group.Value.Count}): {string.Join("\n   ", group.Value.OrderBy(text => text.Length).Take(3))}")));
    }

    private static void Note(Dictionary<string, List<string>> differences, string group, string what)
    {
        if (!differences.TryGetValue(group, out List<string>? lines))
        {
            differences[group] = lines = [];
        }

        lines.Add(what);
    }

    private static string Describe(TestRunInput input) =>
        $"data {input.Data.Length} {Shorten(Convert.ToHexString(input.Data))} ctx {(input.Context is null ? "none" : Convert.ToHexString(input.Context))} room {input.ContextRoom} flags {input.Flags} repeat {input.Repeat}";

    private static string Shorten(string hex) => hex.Length > 60 ? $"{hex[..60]}… ({hex.Length / 2})" : hex;

    private static byte[] Frame(Random random) => random.Next(8) switch
    {
        0 => new byte[random.Next(1, 20)],
        1 => [.. Packets.All[random.Next(Packets.All.Length)], .. new byte[random.Next(3300, 3900)]],
        2 => Packets.Ipv4Tcp[..random.Next(13, 40)],
        3 => Packets.Ipv6Udp[..random.Next(13, 56)],
        _ => Packets.All[random.Next(Packets.All.Length)],
    };

    private static byte[] SkBuff(Random random)
    {
        byte[] context = new byte[random.Next(4) == 0 ? random.Next(1, 230) : 192];
        int[] settable = [8, 32, 36, 48, 52, 64, 152, 160, 164, 176, 184];
        foreach (int offset in settable.Where(_ => random.Next(5) == 0))
        {
            Put(context, offset, offset is 160 ? random.Next(10, 200) : offset is 164 ? random.Next(70000) : random.Next());
        }

        if (random.Next(6) == 0)
        {
            Put(context, 40, random.Next(3) switch { 0 => 0, 1 => 1, _ => 99_999 });
        }

        if (random.Next(6) == 0)
        {
            Put(context, 4 * random.Next(48), 1);
        }

        return context;
    }

    private static void Put(byte[] context, int offset, int value)
    {
        if (offset + 4 <= context.Length)
        {
            BitConverter.TryWriteBytes(context.AsSpan(offset), value);
        }
    }

    private static int Meta(Random random) => random.Next(4) switch { 0 => 4 * random.Next(20), 1 => random.Next(300), _ => 0 };

    private static int Rare(Random random, int value) => random.Next(12) == 0 ? value : 0;

    private static uint Flags(Random random) => random.Next(10) == 0 ? 1u : 0;

    private static byte[] Words(params int[] words) => [.. words.SelectMany(BitConverter.GetBytes)];
}
