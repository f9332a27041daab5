using System.Buffers.Binary;
using Holdfast.Btf.Extension;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Objects;
using Holdfast.Verifier;

namespace Holdfast;

/// <summary>Loads programs: what they refer to is filled in, then the engine verifies them.</summary>
internal sealed class ProgramLoader(IBpfEngine engine, BpfObjectSpec spec, BpfLoadOptions options, KernelEnvironment kernel, StructOpsTables tables, LoadedMaps maps)
{
    private const int FirstLog = 1 << 16;
    private const int LargestLog = int.MaxValue >> 3;

    private readonly CodeBinder _binder = new(spec, kernel, maps);
    private readonly AttachTargetFinder _targets = new(options, kernel, tables);

    public void Load(ProgramSpec program, LoadedPrograms programs)
    {
        BoundCode code = _binder.Bind(program);
        AttachTarget target = _targets.Find(program);
        byte[] functions = maps.Btf > 0 ? Pack(program.Functions.AsSpan()) : [];
        byte[] lines = functions.Length > 0 ? Pack(program.Lines.AsSpan()) : [];
        ProgLoadRequest request = new()
        {
            Type = program.Type,
            ExpectedAttachType = target.Member is { } member ? (AttachType)member : program.ExpectedAttachType,
            Instructions = code.Instructions,
            DescriptorArray = [.. code.Descriptors],
            License = spec.License,
            Name = program.Name,
            Flags = program.Flags,
            KernelVersion = spec.KernelVersion,
            BtfDescriptor = maps.Btf,
            FuncInfo = functions,
            FuncInfoRecordSize = functions.Length > 0 ? 8u : 0,
            LineInfo = lines,
            LineInfoRecordSize = lines.Length > 0 ? 16u : 0,
            AttachBtfId = target.BtfId,
            AttachDescriptor = target.Descriptor,
        };

        int result = Verify(program, request, out VerificationReport? report);
        if (result >= 0)
        {
            programs.ByName.Add(program.Name, new BpfProgram(engine, result) { Spec = program });
            if (report is not null)
                programs.Reports.Add(program.Name, report);
            return;
        }

        if (report is not { Accepted: false } && result == -(int)Errno.EINVAL && engine.LastFailure is null && !new BpfFeatures(engine).Supports(program.Type))
            throw Failure.Unsupported(engine, result, $"load program '{program.Name}' ({program.Type})", "program type");
        if (report is not { Accepted: false })
            Failure.Throw(engine, result, $"load program '{program.Name}'");
        report = Explain(report, code);
        var rejection = new VerificationException(program.Name, report);
        if (!options.KeepGoing)
            throw rejection;
        programs.Rejections.Add(rejection);
        programs.Reports.Add(program.Name, report);
    }

    /// <summary>Of an instruction that the loader made unusable the verifier knows only that; the loader knows why.</summary>
    private static VerificationReport Explain(VerificationReport report, BoundCode code) =>
        code.Poisoned.TryGetValue(report.InstructionIndex, out string? why) ? report with { Reason = why } : report;

    /// <summary>Loads; a rejection that the engine doesn't keep as a value is loaded again for its log, with room until it fits.</summary>
    private int Verify(ProgramSpec program, ProgLoadRequest request, out VerificationReport? report)
    {
        request.LogLevel = options.LogLevel;
        byte[] log = options.LogLevel == 0 ? [] : new byte[FirstLog];
        while (true)
        {
            request.Log = log;
            int result = engine.ProgLoad(request, out uint size);
            report = (engine as IVerificationReporter)?.LastReport;
            bool isCut = log.Length > 0 && (size > log.Length || result == -(int)Errno.ENOSPC) && log.Length < LargestLog;
            if (report is null && isCut)
            {
                log = new byte[Math.Min(LargestLog, Math.Max((long)size + 1, 4L * log.Length))];
                continue;
            }

            if (report is null && result < 0 && request.LogLevel == 0)
            {
                request.LogLevel = 1;
                log = new byte[FirstLog];
                continue;
            }

            if (report is null && log.Length > 0)
                report = KernelLog.Read(spec, program, result, KernelLog.TextOf(log));
            return result;
        }
    }

    private static byte[] Pack(ReadOnlySpan<BtfFunctionInfo> records)
    {
        byte[] bytes = new byte[records.Length * 8];
        for (int i = 0; i < records.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(i * 8), records[i].InstructionOffset);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan((i * 8) + 4), records[i].TypeId);
        }

        return bytes;
    }

    private static byte[] Pack(ReadOnlySpan<BtfLineInfo> records)
    {
        byte[] bytes = new byte[records.Length * 16];
        for (int i = 0; i < records.Length; i++)
        {
            Span<byte> record = bytes.AsSpan(i * 16);
            BinaryPrimitives.WriteUInt32LittleEndian(record, records[i].InstructionOffset);
            BinaryPrimitives.WriteUInt32LittleEndian(record[4..], records[i].FileNameOffset);
            BinaryPrimitives.WriteUInt32LittleEndian(record[8..], records[i].TextOffset);
            BinaryPrimitives.WriteUInt32LittleEndian(record[12..], records[i].LineColumn);
        }

        return bytes;
    }
}
