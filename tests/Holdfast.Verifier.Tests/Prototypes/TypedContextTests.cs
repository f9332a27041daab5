using System.Text.RegularExpressions;
using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Verifier.Tests.Prototypes;

/// <summary>Every argument of every tracepoint and iterator of the running kernel, as it types them.</summary>
public sealed partial class TypedContextTests
{
    /// <summary>Tracepoints that say of an argument what its type doesn't.</summary>
    private static readonly string[] Special = ["btf_trace_sched_pi_setprio", "btf_trace_kfree_skb", "btf_trace_tcp_send_reset", "btf_trace_nfs4_inode_callback_event"];

    /// <summary>All tracepoints take half a minute; a sixth of them is enough for every day.</summary>
    private static bool Everything => Environment.GetEnvironmentVariable("HOLDFAST_FULL") == "1";

    [Fact]
    public void Tracepoint_arguments_have_the_kernels_types()
    {
        SkipUnlessTyped();
        Compare(AttachType.TraceRawTp, KernelTypes.Graph!.Types.OfType<BtfTypedef>().Where(type => type.Name.StartsWith("btf_trace_", StringComparison.Ordinal))
            .Where((type, index) => Everything || index % 6 == 0 || Special.Contains(type.Name)), 200);
    }

    [Fact]
    public void Iterator_arguments_have_the_kernels_types()
    {
        SkipUnlessTyped();
        Compare(AttachType.TraceIter, KernelTypes.Graph!.Types.OfType<BtfFunction>().Where(type => type.Name.StartsWith("bpf_iter_", StringComparison.Ordinal)), 8);
    }

    private static void SkipUnlessTyped()
    {
        KernelOracle.SkipUnlessAvailable();
        if (KernelTypes.Graph is null)
        {
            Assert.Skip("the kernel has no BTF of itself");
        }
    }

    private static void Compare(AttachType attachType, IEnumerable<BtfType> targets, int least)
    {
        Differences differences = new();
        int loaded = 0;
        ProgramTypeDefinition tracing = ProgramTypes.Find(ProgramType.Tracing)!;
        foreach (BtfType target in targets)
        {
            if (KernelOracle.Load([Insn.Mov64Imm(0, 0), Insn.Exit()], ProgramType.Tracing, attachType, attachBtfId: target.Id).Result < 0)
            {
                continue;
            }

            loaded++;
            VerificationRequest request = new() { Type = tracing, AttachType = attachType, AttachBtfId = target.Id, Instructions = [], KernelBtf = KernelTypes.Graph };
            int end = Math.Min(96, (AttachTarget.Find(request, out _)!.Prototype.Parameters.Length + 1) * 8);
            CompareLoad(request, 4, MemorySize.Word, 4, target.Name, differences);
            for (int offset = 0; offset <= end; offset += 8)
            {
                CompareLoad(request, offset, MemorySize.Double, 8, target.Name, differences);
            }
        }

        differences.AssertNone();
        Assert.True(loaded >= least, $"only {loaded} targets were compared");
    }

    private static void CompareLoad(VerificationRequest request, int offset, MemorySize code, int size, string name, Differences differences)
    {
        Instruction[] program = [Insn.Load(code, 2, 1, (short)offset), Insn.Mov64Imm(0, 0), Insn.Exit()];
        (int result, string log) = KernelOracle.Load(program, request.Type.Type, request.AttachType, logLevel: 2, attachBtfId: request.AttachBtfId);
        bool ours = request.Type.Context!.TryAccess(offset, size, write: false, request, out ContextAccess access);
        if (ours != result >= 0)
        {
            differences.Add(name, $"load {size} at {offset}: ours {ours}, the kernel's {result}");
        }
        else if (ours && LoadedKind().Match(log) is { Success: true } match && match.Groups[1].Value != Spell(access, request.KernelBtf!))
        {
            differences.Add(name, $"load {size} at {offset}: ours {Spell(access, request.KernelBtf!)}, the kernel's {match.Groups[1].Value}");
        }
    }

    private static string Spell(ContextAccess access, BtfGraph types) => access.Kind switch
    {
        ContextFieldKind.Scalar => "scalar",
        ContextFieldKind.ReadOnlyBuffer => "rdonly_buf_or_null",
        ContextFieldKind.Buffer => "buf_or_null",
        ContextFieldKind.BtfPointer => (access.IsUserMemory ? "user_" : "") + (access.IsPerCpu ? "percpu_" : "") + (access.IsTrusted ? "trusted_" : "") + "ptr_"
            + (access.MaybeNull ? "or_null_" : "") + types.NameOf(access.BtfTypeId),
        _ => access.Kind.ToString(),
    };

    /// <summary>The state behind the load.</summary>
    [GeneratedRegex(@"^0: .*?R2(?:_w)?=([A-Za-z_0-9]+)", RegexOptions.Multiline)]
    private static partial Regex LoadedKind();
}
