using System.Globalization;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Verifier.Prototypes;
using Holdfast.Verifier.Reporting;

namespace Holdfast.Verifier.Analysis;

/// <summary>One verification, from request to report (<c>bpf_check</c>).</summary>
internal sealed class VerificationRun(VerificationRequest request)
{
    private readonly AnalysisLog _log = new(request.Log, request);
    private Analyzer? _analyzer;
    private ProgramStructure? _structure;

    public VerificationResult Run()
    {
        try
        {
            VerifiedProgram program = Check();
            return new(program, Report(null));
        }
        catch (Rejection rejection)
        {
            _log.Refuse(rejection.Message);
            return new(null, Report(rejection));
        }
    }

    private VerifiedProgram Check()
    {
        ProgramVerifier.CheckSize(request);
        CheckSleepable();
        _structure = new ProgramStructure(request);
        MapTable maps = new(request);
        maps.Resolve();
        CheckAttachTarget();
        CheckExceptionCallback();
        _structure.CheckGraph();
        _analyzer = new Analyzer(request, _structure, maps, _log);
        ExploreAll(_analyzer, _structure);
        int depth = StackCheck.Deepest(request, _structure, _analyzer);
        return ProgramLowering.Build(request, _structure, maps, _analyzer, depth);
    }

    private static void ExploreAll(Analyzer analyzer, ProgramStructure structure)
    {
        analyzer.Explore(0);
        HashSet<int> done = [];
        bool again = true;
        while (again)
        {
            again = false;
            for (int function = 1; function < structure.Starts.Length; function++)
            {
                if (analyzer.IsGlobal(function) && analyzer.CalledGlobals.Contains(function) && done.Add(function))
                {
                    analyzer.Explore(function);
                    again = true;
                }
            }
        }
    }

    private void CheckSleepable()
    {
        if (!request.Flags.HasFlag(ProgramFlags.Sleepable))
        {
            return;
        }

        bool allowed = request.Type.Type switch
        {
            ProgramType.Tracing => request.AttachType is AttachType.TraceFentry or AttachType.TraceFexit or AttachType.ModifyReturn or AttachType.TraceIter,
            ProgramType.Lsm => request.AttachType != AttachType.LsmCgroup,
            ProgramType.Kprobe or ProgramType.StructOps or ProgramType.Syscall => true,
            _ => false,
        };
        if (!allowed)
        {
            throw new Rejection(Errno.EINVAL, "Only fentry/fexit/fmod_ret, lsm, iter, uprobe, and struct_ops programs can be sleepable");
        }
    }

    private void CheckExceptionCallback()
    {
        if (request.Btf is not { } types)
        {
            return;
        }

        foreach (Btf.BtfType type in types.Types)
        {
            if (type is Btf.BtfDeclTag tag && tag.Name.StartsWith("exception_callback:", StringComparison.Ordinal)
                && !request.Functions.IsDefaultOrEmpty && tag.TypeId == request.Functions[0].TypeId)
            {
                throw new Rejection(Errno.EINVAL, "exception callbacks are not supported by Holdfast's verifier yet");
            }
        }
    }

    private void CheckAttachTarget()
    {
        if (request.Type.Type is not (ProgramType.Tracing or ProgramType.Lsm or ProgramType.StructOps or ProgramType.Ext))
        {
            return;
        }

        if (request.Type.Type == ProgramType.StructOps && !Licenses.IsGplCompatible(request.License))
        {
            throw new Rejection(Errno.EINVAL, "struct ops programs must have a GPL compatible license");
        }

        if (AttachTarget.Find(request, out string reason) is not { } target)
        {
            throw new Rejection(Errno.EINVAL, reason);
        }

        if (request.Type.Type == ProgramType.StructOps && target.Name == "get_info"
            && request.KernelBtf!.TryGetType(request.AttachBtfId, out Btf.BtfType? operations) && operations.Name == "tcp_congestion_ops")
        {
            throw new Rejection(Errno.ENOTSUPP, "attach to unsupported member get_info of struct tcp_congestion_ops");
        }
    }

    private VerificationReport Report(Rejection? rejection)
    {
        int processed = _analyzer?.Processed ?? 0;
        if (request.Log.Level != 0)
        {
            _log.Line(string.Create(
                CultureInfo.InvariantCulture,
                $"processed {processed} insns (limit {request.Policy.InstructionBudget}) max_states_per_insn {_analyzer?.StatesPerInstruction ?? 0} total_states {_analyzer?.TotalStates ?? 0} peak_states {_analyzer?.PeakStates ?? 0} mark_read 0"));
            _log.Finish();
        }

        int index = rejection is null ? -1 : rejection.Index >= 0 ? rejection.Index : _analyzer?.Index ?? -1;
        string reason = rejection?.Message ?? "";
        return new VerificationReport
        {
            Accepted = rejection is null,
            Error = rejection?.Error ?? Errno.None,
            Reason = reason[(reason.LastIndexOf('\n') + 1)..],
            InstructionIndex = index,
            Source = index >= 0 ? new SourceLines(request).Locate(index) : null,
            Log = _log.Text,
            ProcessedInstructions = processed,
            TotalStates = _analyzer?.TotalStates ?? 0,
            PeakStates = _analyzer?.PeakStates ?? 0,
        };
    }
}
