using System.Text;
using System.Text.RegularExpressions;
using Holdfast.Cli.Replay.Records;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Verifier;

namespace Holdfast.Cli.Replay;

/// <summary>Replays one program after another in one engine.</summary>
internal sealed partial class ProgramReplay(IBpfEngine engine, RecordingFolder folder) : IDisposable
{
    private readonly KernelTypeMapping? _types =
        engine is IVerificationReporter ? null : KernelTypeMapping.ToRunningKernel(folder.KernelTypes);

    private const int LogSize = 1 << 24;

    private readonly BtfSet _btf = new(engine, folder);
    private byte[]? _log;

    /// <summary>Replays a program.</summary>
    /// <param name="record">The record, which the kernel accepted or rejected.</param>
    /// <returns>What came of it.</returns>
    public ReplayResult Replay(RecordedProgram record)
    {
        _btf.Trim();
        bool complete = MapSet.TryCreate(engine, record, _btf, out MapSet maps, out string reason);
        using (maps)
        {
            if (complete)
                return Load(record, maps);
            if (engine is not IVerificationReporter)
                return Judge(record, Verdict.Of(record), reason);
            Verdict verdict = new DescribedVerification(record, _btf, folder).Verify();
            return Judge(record, verdict, record.Runs.Length > 0 ? reason : "");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _btf.Dispose();

    /// <summary>The result of a program that isn't run.</summary>
    /// <param name="record">The record.</param>
    /// <param name="ours">Our verdict.</param>
    /// <param name="hindrance">Why it isn't run; empty if there is nothing to run.</param>
    private static ReplayResult Judge(RecordedProgram record, Verdict ours, string hindrance)
    {
        Verdict kernel = Verdict.Of(record);
        ReplayResult result = new()
        {
            Id = record.Id,
            Type = record.ProgType,
            Kernel = kernel.ToString(),
            Ours = ours.ToString(),
            Outcome = Outcome.Agreed,
            Runs = record.Runs.Length,
        };
        if (kernel.Accepted != ours.Accepted)
        {
            return kernel.Accepted
                ? result with { Outcome = Outcome.TooStrict, Reason = ours.Message }
                : result with { Outcome = Outcome.TooLax, Reason = kernel.Message.Length > 0 ? kernel.Message : kernel.Error.ToString() };
        }

        if (!kernel.Accepted)
            return result with { SameReason = kernel.SameReason(ours), Reason = ours.Message };
        return hindrance.Length > 0 ? result with { Outcome = Outcome.NotRunnable, Reason = hindrance } : result;
    }

    private ReplayResult Load(RecordedProgram record, MapSet maps)
    {
        int program = TryLoad(record, maps, [], out _);
        Verdict verdict = program >= 0 ? new Verdict(true) : Explain(record, maps, (Errno)(-program));
        try
        {
            return program >= 0 && record.Verdict == "accept" && maps.Hindrance.Length == 0
                ? Run(record, maps, program)
                : Judge(record, verdict, record.Runs.Length > 0 ? maps.Hindrance : "");
        }
        finally
        {
            if (program >= 0)
                engine.Close(program);
        }
    }

    /// <summary>Lines of a log that trace the walk, or count at its end.</summary>
    [GeneratedRegex(@"^(processed \d|\d+: \(|\d+: R|from \d+ to|stack depth|verification time|mark_precise|frame\d|func#|caller:|callee:|returning from|to caller|; |R\d.*=)")]
    private static partial Regex NoMessage();

    private int TryLoad(RecordedProgram record, MapSet maps, Span<byte> log, out uint logSize)
    {
        Instruction[] instructions = RecordedCode.Of(record, maps.Descriptors);
        _types?.Map(instructions);
        uint target = record.AttachBtf?.Id ?? 0;
        ProgLoadRequest request = new()
        {
            Type = (ProgramType)record.ProgTypeId,
            ExpectedAttachType = (AttachType)record.AttachType,
            Instructions = instructions,
            License = record.License,
            Name = record.ProgName,
            Flags = (ProgramFlags)record.Flags,
            LogLevel = log.IsEmpty ? 0u : 1u,
            Log = log,
            BtfDescriptor = _btf.Descriptor(record.Btf),
            FuncInfo = Convert.FromBase64String(record.FuncInfo),
            FuncInfoRecordSize = record.FuncInfoRecSize,
            LineInfo = Convert.FromBase64String(record.LineInfo),
            LineInfoRecordSize = record.LineInfoRecSize,
            AttachBtfId = _types?.Map(target) ?? target,
        };
        return engine.ProgLoad(request, out logSize);
    }

    /// <summary>An engine of ours keeps its report; the kernel's message is the log's last line before the statistics.</summary>
    private Verdict Explain(RecordedProgram record, MapSet maps, Errno error)
    {
        if (engine is IVerificationReporter reporter)
            return new Verdict(false, error, reporter.LastReport?.Reason ?? engine.LastFailure ?? "");
        _log ??= new byte[LogSize];
        int again = TryLoad(record, maps, _log, out uint size);
        if (again >= 0)
            engine.Close(again);
        string log = Encoding.UTF8.GetString(_log.AsSpan(0, (int)Math.Min(size, (uint)_log.Length))).TrimEnd('\0');
        string message = log.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .LastOrDefault(line => !NoMessage().IsMatch(line)) ?? "";
        return new Verdict(false, error, message);
    }

    private ReplayResult Run(RecordedProgram record, MapSet maps, int program)
    {
        RunReplay replay = new(engine, record, maps, program);
        ReplayResult result = Judge(record, new Verdict(true), "");
        string first = "";
        int agreed = 0;
        for (int index = 0; index < record.Runs.Length; index++)
        {
            int status = replay.Run(record.Runs[index], out string difference);
            if (difference.Length == 0)
                agreed++;
            else if (status == -(int)Errno.ENOTSUPP)
                return result with { Outcome = Outcome.NotRunnable, Reason = engine.LastFailure ?? difference, RunsAgreed = agreed };
            else if (first.Length == 0)
                first = $"run {index}: {difference}";
        }

        return result with { Outcome = first.Length == 0 ? Outcome.Agreed : Outcome.WrongResult, Reason = first, RunsAgreed = agreed };
    }
}
