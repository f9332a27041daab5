using System.Text.RegularExpressions;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Verifier.Tests.Prototypes;

/// <summary>Arguments, results and traits of the helpers, each probed against the running kernel by what it says of wrong arguments.</summary>
public sealed partial class HelperPrototypeTests
{
    private int _probes;

    [Fact]
    public void The_kernel_wants_the_same_arguments_and_gives_the_same_results()
    {
        KernelOracle.SkipUnlessAvailable();
        Differences differences = new();
        using ProbeMaps maps = new();
        foreach (ProgramTypeDefinition definition in ProgramTypes.All.Where(type => type.Context is not null))
        {
            AttachType attachType = AttachTypes.Of(definition.Type)[^1];
            VerificationRequest request = new() { Type = definition, AttachType = attachType, Instructions = [] };
            foreach (HelperId helper in Enum.GetValues<HelperId>())
            {
                if (definition.FindHelper(helper, request) is { } prototype && Loads(definition, attachType))
                {
                    Compare(new HelperCall(definition, attachType, prototype, maps), prototype, new Reporter(differences, $"{helper} in {definition.Name}"));
                }
            }
        }

        differences.AssertNone();
        Assert.True(_probes > 8_000, $"only {_probes} probes were made");
    }

    private static bool Loads(ProgramTypeDefinition definition, AttachType attachType) =>
        KernelOracle.Load([Insn.Mov64Imm(0, 1), Insn.Exit()], definition.Type, attachType).Result >= 0;

    private void Compare(HelperCall call, HelperPrototype prototype, Reporter report)
    {
        (_, string plain) = call.Ask(logLevel: 2);
        report.Expect("sleeps", prototype.MightSleep, plain.Contains("might sleep", StringComparison.Ordinal));
        if (prototype.MightSleep || IsBoundToTarget().IsMatch(plain))
        {
            return;
        }

        for (int i = 0; i < 5 && i <= call.Reach; i++)
        {
            HelperArgument argument = i < prototype.Arguments.Length ? prototype.Arguments[i] : default;
            CompareArgument(call, prototype, i, argument, report);
        }

        if (call.Reach == prototype.Arguments.Length)
        {
            CompareResult(call, prototype, plain, report);
        }
    }

    private void CompareArgument(HelperCall call, HelperPrototype prototype, int index, HelperArgument argument, Reporter report)
    {
        string name = $"R{index + 1}";
        string ours = Expected(argument.Type, argument);
        string wrong = ours == "scalar" ? Ask(call, index, Probe.Stack) : Ask(call, index, Probe.Number);
        string theirs = ExpectedList().Match(wrong) is { Success: true } match && match.Groups[1].Value == name ? match.Groups[2].Value : "";
        report.Expect($"{name} is", ours, theirs);
        if (IsPointer(argument.Type))
        {
            bool nullRefused = Ask(call, index, Probe.Null).Contains($"{name} type=scalar expected=", StringComparison.Ordinal);
            report.Expect($"{name} null", argument.Flags.HasFlag(ArgumentFlags.MaybeNull), !nullRefused);
        }

        if (argument.Type is ArgumentType.ConstSize or ArgumentType.ConstSizeOrZero && index - 1 < call.Reach)
        {
            string zero = Ask(call, index, Probe.Zero);
            bool zeroRefused = zero.Contains("zero-sized", StringComparison.Ordinal);
            report.Expect($"{name} zero ({LastMessage(zero)})", argument.Type == ArgumentType.ConstSizeOrZero, !zeroRefused);
        }

        if (argument.Type is ArgumentType.PointerToMemory or ArgumentType.PointerToMapKey or ArgumentType.PointerToMapValue)
        {
            bool writeRefused = Ask(call, index, Probe.ReadOnlyMapValue).Contains("write into map forbidden", StringComparison.Ordinal);
            report.Expect($"{name} writes", argument.Flags.HasFlag(ArgumentFlags.Writes), writeRefused);
            ComparePacket(call, prototype, index, argument, report);
        }
    }

    private void ComparePacket(HelperCall call, HelperPrototype prototype, int index, HelperArgument argument, Reporter report)
    {
        if (argument.Flags.HasFlag(ArgumentFlags.Aligned))
        {
            bool refused = Ask(call, index, Probe.MisalignedStack).Contains("misaligned", StringComparison.Ordinal);
            report.Expect($"R{index + 1} aligned", true, refused);
        }

        if (call.HasPacket)
        {
            bool refused = Ask(call, index, Probe.Packet).Contains("helper access to the packet is not allowed", StringComparison.Ordinal);
            report.Expect("packet access", prototype.PacketAccess, !refused);
        }
    }

    private void CompareResult(HelperCall call, HelperPrototype prototype, string plain, Reporter report)
    {
        int call0 = plain.LastIndexOf($"call {prototype.Name}#{(int)prototype.Id}", StringComparison.Ordinal);
        int end = call0 < 0 ? -1 : plain.IndexOf("(b7) r0 = 1", call0, StringComparison.Ordinal);
        if (end < 0)
        {
            report.Note($"refused: {LastMessage(plain)}");
            return;
        }

        report.Expect("returns", Spell(prototype), Result().Match(plain[call0..end]).Groups[1].Value);
        if (call.HasPacket)
        {
            (_, string log) = call.Ask(after: [Insn.Load(MemorySize.Byte, 3, 8, 0)]);
            _probes++;
            bool moves = prototype.ChangesPacketData && prototype.Id != HelperId.TailCall;
            report.Expect($"moves ({LastMessage(log)})", moves, log.Contains("R8 invalid mem access 'scalar'", StringComparison.Ordinal));
        }
    }

    private string Ask(HelperCall call, int index, Probe probe)
    {
        _probes++;
        return call.Ask(index, probe).Log;
    }

    private static string LastMessage(string log) =>
        log.Split('\n').LastOrDefault(line => line.Length > 0 && !line.StartsWith("processed", StringComparison.Ordinal)) ?? "";

    private static bool IsPointer(ArgumentType type) => type is not (ArgumentType.None or ArgumentType.Anything or ArgumentType.ConstSize
        or ArgumentType.ConstSizeOrZero or ArgumentType.ConstAllocSizeOrZero or ArgumentType.ConstMapPointer);

    private static string Expected(ArgumentType type, HelperArgument argument) => type switch
    {
        ArgumentType.None or ArgumentType.Anything => "",
        ArgumentType.ConstSize or ArgumentType.ConstSizeOrZero or ArgumentType.ConstAllocSizeOrZero => "scalar",
        ArgumentType.ConstMapPointer => "map_ptr",
        ArgumentType.PointerToContext => "ctx",
        ArgumentType.PointerToSpinLock or ArgumentType.KptrExchangeDestination => "map_value, ptr_",
        ArgumentType.PointerToTimer or ArgumentType.PointerToConstString => "map_value",
        ArgumentType.PointerToSockCommon => "sock_common, sock, tcp_sock, xdp_sock",
        ArgumentType.PointerToSocket => "sock",
        ArgumentType.PointerToBtfIdSockCommon => "sock_common, sock, tcp_sock, xdp_sock, ptr_, trusted_ptr_",
        ArgumentType.PointerToBtfId => "ptr_, trusted_ptr_, rcu_ptr_",
        ArgumentType.PointerToPerCpuBtfId => "percpu_ptr_, percpu_rcu_ptr_, percpu_trusted_ptr_",
        ArgumentType.PointerToRingBufMemory => "ringbuf_mem",
        ArgumentType.PointerToFunction => "func",
        ArgumentType.PointerToStack => "fp",
        ArgumentType.PointerToDynptr => "fp, dynptr_ptr",
        _ => "fp, pkt, pkt_meta, map_key, map_value, mem, ringbuf_mem, buf, trusted_ptr_",
    };

    private static string Spell(HelperPrototype prototype) => prototype.Return switch
    {
        ReturnType.Integer => "scalar",
        ReturnType.Void => "",
        ReturnType.PointerToMapValue => "map_value",
        ReturnType.PointerToSocket => "sock",
        ReturnType.PointerToTcpSocket => "tcp_sock",
        ReturnType.PointerToSockCommon => "sock_common",
        ReturnType.PointerToMemory => prototype.ReturnFlags.HasFlag(ReturnFlags.RingBuf) ? "ringbuf_mem" : "mem",
        ReturnType.PointerToBtfId => (prototype.ReturnFlags.HasFlag(ReturnFlags.Trusted) ? "trusted_" : "") + "ptr_"
            + (prototype.ReturnFlags.HasFlag(ReturnFlags.MaybeNull) ? "or_null_" : "") + prototype.ReturnBtfType,
        _ => prototype.Return.ToString(),
    } + (prototype.ReturnFlags.HasFlag(ReturnFlags.MaybeNull) && prototype.Return != ReturnType.PointerToBtfId ? "_or_null" : "");

    [GeneratedRegex(@"(R\d) type=\S+ expected=(.*)")]
    private static partial Regex ExpectedList();

    /// <summary>Offered by the type, but only on certain targets: the verifier's to say.</summary>
    [GeneratedRegex("not allowed in probe|not supported for program type")]
    private static partial Regex IsBoundToTarget();

    /// <summary>The state behind the call: <c>R0=scalar()</c>.</summary>
    [GeneratedRegex(@"R0(?:_w)?=([a-z_0-9]+)")]
    private static partial Regex Result();

    private sealed class Reporter(Differences differences, string group)
    {
        public void Expect<T>(string what, T ours, T theirs)
        {
            if (!EqualityComparer<T>.Default.Equals(ours, theirs))
            {
                differences.Add(group, $"{what}: ours '{ours}', the kernel's '{theirs}'");
            }
        }

        public void Note(string what) => differences.Add(group, what);
    }
}
