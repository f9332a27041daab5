using System.Text.RegularExpressions;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Verifier.Tests.Prototypes;

/// <summary>Every offset, size and direction of every context, against the running kernel.</summary>
public sealed partial class ContextAccessTests
{
    private static readonly (MemorySize Code, int Bytes)[] Sizes =
        [(MemorySize.Byte, 1), (MemorySize.Half, 2), (MemorySize.Word, 4), (MemorySize.Double, 8)];

    [Fact]
    public void The_kernel_allows_the_same_accesses_and_gives_the_same_kinds()
    {
        KernelOracle.SkipUnlessAvailable();
        Differences differences = new();
        int compared = 0;
        foreach ((ProgramType type, AttachType attachType) in AttachTypes.All())
        {
            if (ProgramTypes.Find(type) is { Context: { } layout } definition && Loads(type, attachType))
            {
                VerificationRequest request = new() { Type = definition, AttachType = attachType, Instructions = [], KernelBtf = KernelTypes.Graph };
                foreach (int offset in Offsets(layout.Size))
                {
                    foreach ((MemorySize code, int bytes) in Sizes)
                    {
                        CompareLoad(layout, request, offset, code, bytes, differences);
                        CompareStore(layout, request, offset, code, bytes, differences);
                        compared += 2;
                    }
                }
            }
        }

        differences.AssertNone();
        Assert.True(compared > 40_000, $"only {compared} accesses were compared");
    }

    /// <summary>All of a small context; of a big one the edges and a little of the middle. Negative ones are the verifier's to refuse.</summary>
    private static IEnumerable<int> Offsets(int size) => Enumerable.Range(0, size + 9)
        .Where(offset => offset <= short.MaxValue && (size <= 256 || offset < 40 || offset > size - 16 || offset % 1021 == 0));

    private static bool Loads(ProgramType type, AttachType attachType) =>
        KernelOracle.Load([Insn.Mov64Imm(0, 1), Insn.Exit()], type, attachType).Result >= 0;

    private static void CompareLoad(ContextLayout layout, VerificationRequest request, int offset, MemorySize code, int bytes, Differences differences)
    {
        Instruction[] program = [Insn.Load(code, 2, 1, (short)offset), Insn.Mov64Imm(0, 1), Insn.Exit()];
        (int result, string log) = KernelOracle.Load(program, request.Type.Type, request.AttachType, logLevel: 2);
        bool ours = layout.TryAccess(offset, bytes, write: false, request, out ContextAccess access);
        if (result >= 0 != ours)
        {
            differences.Add($"{request.Type.Name}/{request.AttachType} load", $"{bytes} at {offset}: kernel {result}, ours {ours}: {LastMessage(log)}");
        }
        else if (ours && LoadedKind().Match(log) is { Success: true } match && match.Groups[1].Value != Spell(access, request))
        {
            differences.Add($"{request.Type.Name}/{request.AttachType} load", $"{bytes} at {offset} gives {match.Groups[1].Value}, ours {Spell(access, request)}");
        }
    }

    private static void CompareStore(ContextLayout layout, VerificationRequest request, int offset, MemorySize code, int bytes, Differences differences)
    {
        Instruction[] program = [Insn.Mov64Imm(0, 1), Insn.Store(code, 1, (short)offset, 0), Insn.Exit()];
        (int result, string log) = KernelOracle.Load(program, request.Type.Type, request.AttachType);
        bool ours = layout.TryAccess(offset, bytes, write: true, request, out _);
        if (result >= 0 != ours)
        {
            differences.Add($"{request.Type.Name}/{request.AttachType} store", $"{bytes} at {offset}: kernel {result}, ours {ours}: {LastMessage(log)}");
        }
    }

    private static string LastMessage(string log) =>
        log.Split('\n').LastOrDefault(line => line.Length > 0 && !line.StartsWith("processed", StringComparison.Ordinal)
            && !line.StartsWith("verification", StringComparison.Ordinal)) ?? "";

    private static string Spell(ContextAccess access, VerificationRequest request) => access.Kind switch
    {
        ContextFieldKind.Scalar => "scalar",
        ContextFieldKind.PacketData => "pkt",
        ContextFieldKind.PacketEnd => "pkt_end",
        ContextFieldKind.PacketMeta => "pkt_meta",
        ContextFieldKind.Socket => "sock",
        ContextFieldKind.SockCommon => "sock_common",
        ContextFieldKind.FlowKeys => "flow_keys",
        ContextFieldKind.TracepointBuffer => "tp_buffer",
        ContextFieldKind.BtfPointer => "ptr_" + request.KernelBtf!.NameOf(access.BtfTypeId),
        _ => access.Kind.ToString(),
    } + (access.MaybeNull ? "_or_null" : "");

    /// <summary>The state behind the load: <c>; R1=ctx() R2_w=pkt(r=0)</c>.</summary>
    [GeneratedRegex(@"^0: .*?R2(?:_w)?=(?:trusted_)?([a-z_]+)", RegexOptions.Multiline)]
    private static partial Regex LoadedKind();
}
