using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Storage;
using Holdfast.Storage.FileSystem;
using Holdfast.Userspace.Attributes;
using Holdfast.Userspace.Maps;
using Holdfast.Userspace.Objects;
using Holdfast.Userspace.Programs;
using Holdfast.Verifier;

namespace Holdfast.Userspace.Commands;

/// <summary>BPF_PROG_LOAD: copy, verify, keep.</summary>
internal sealed class ProgramLoad(EngineState engine)
{
    private const int MaximumInstructions = 1_000_000; // BPF_COMPLEXITY_LIMIT_INSNS
    private const int MaximumLicense = 127; // strncpy_from_bpfptr cuts what is longer
    private const uint KnownFlags = 0xff | (1u << 16);

    [ThreadStatic]
    private static VerificationReport? _lastReport;

    /// <summary>The report of the calling thread's last load.</summary>
    public static VerificationReport? LastReport => _lastReport;

    /// <summary>Carries out the command.</summary>
    /// <param name="attribute">The attribute; the true size of the log is written back.</param>
    /// <returns>A descriptor, or the negated error.</returns>
    public int Run(ref ProgLoadAttribute attribute)
    {
        _lastReport = null;
        Errno shape = CheckShape(attribute);
        if (shape != Errno.None)
            return Failures.Of(shape, Explain(shape, attribute));
        if ((attribute.ProgFlags & ProgramFlags.TokenFd) != 0)
            return Tokens.Refuse(engine, attribute.ProgTokenFd);
        AttachTypeRules.Complete(ref attribute);
        if (AttachTypeRules.Check(attribute) is { } reason)
            return Failures.Of(Errno.EINVAL, reason);
        if (!TryCopy(attribute, out ProgramImage? image, out int[] descriptors, out int failure))
            return failure;

        MapReferences references = new(engine, descriptors);
        try
        {
            if (!references.TryBindArray((int)attribute.FdArrayCnt, out StorageError? error))
                return Failures.Of(error);
            return LoadWith(references, image!, ref attribute);
        }
        finally
        {
            references.Dispose();
        }
    }

    private int LoadWith(MapReferences references, ProgramImage image, ref ProgLoadAttribute attribute)
    {
        VerifierLogOptions log = new() { Level = VerifierLogBuffer.VerifierLevel(attribute.LogLevel), MaximumBytes = (int)Math.Min(attribute.LogSize, int.MaxValue) };
        if (!engine.Requests.TryBuild(image, references.Describe, log, out VerificationRequest? request, out StorageError? error))
            return Failures.Of(error);
        request = request with { DescriptorArray = [.. references.DescriptorArray] };

        VerificationResult result = ProgramVerifier.Verify(request);
        _lastReport = result.Report;
        int logFailure = VerifierLogBuffer.Write(ref attribute, result.Report);
        if (logFailure != 0)
            return Failures.Of((Errno)(-logFailure), "the verifier's log does not fit its buffer; give a larger one");
        if (result.Program is not { } verified)
            return Failures.Of(references.Refine(result.Report.Error), $"{Title(image)} was rejected: {result.Report.Reason}");
        if (!engine.Options.AllowUnrunnablePrograms && engine.Linker.FindMissingHelper(verified) is { } missing)
            return Failures.Of(Errno.ENOTSUPP, $"{Title(image)} calls helper {missing}, which has no meaning in a process; use the kernel engine");
        if (!references.TryBind(verified))
            return Failures.Of(Errno.EINVAL, $"{Title(image)} makes tail calls through a prog_array of programs of another type");
        if (references.ForeignPerCpu is { } foreign)
            return Failures.Of(Errno.EXDEV, $"{Title(image)} uses the per-CPU map '{foreign.Description.Name}' of another store, whose execution slots it would not run in; load it into that store (--store)");
        return Keep(references, image, verified, result.Report);
    }

    private int Keep(MapReferences references, ProgramImage image, VerifiedProgram verified, VerificationReport report)
    {
        ImmutableArray<MapInstance> maps = references.Take();
        ProgramObjectAttributes attributes = image.Attributes;
        attributes.Tag = BitConverter.ToUInt64(ProgramTag.Compute(image.Instructions.AsSpan()));
        attributes.VerifiedInstructions = (uint)report.ProcessedInstructions;
        ProgramImage stored = image with
        {
            Attributes = attributes,
            Instructions = references.ByIndex(image.Instructions, maps),
            MapIds = [.. maps.Select(map => map.Key.Id)],
        };

        List<ObjectFile> held = [.. maps.Select(map => map.File)];
        StorageError? error;
        ObjectFile? btf = null;
        if (attributes.BtfId != 0)
        {
            if (!engine.Store.TryOpenById(new ObjectKey(ObjectKind.Btf, attributes.BtfId), ObjectAccess.ReadOnly, out btf, out error))
                return Drop(maps, error);
            held.Add(btf);
        }

        using (btf)
        {
            ObjectDefinition definition = ObjectDefinition.ForProgram(attributes) with
            {
                Name = ObjectName.From(image.Name),
                Sections = stored.Sections(),
                References = held,
            };
            if (!engine.Store.TryCreate(definition, out ObjectFile? file, out error))
                return Drop(maps, error);
            return engine.Programs.Enter(file, verified, maps);
        }
    }

    private static int Drop(ImmutableArray<MapInstance> maps, StorageError error)
    {
        foreach (MapInstance map in maps)
            map.RemoveUser();
        return Failures.Of(error);
    }

    /// <summary>What <c>bpf_prog_load</c> and <c>bpf_check</c> refuse before they look at an instruction.</summary>
    private static Errno CheckShape(in ProgLoadAttribute attribute)
    {
        if (((uint)attribute.ProgFlags & ~KnownFlags) != 0)
            return Errno.EINVAL;
        if (attribute.InsnCnt is 0 or > MaximumInstructions)
            return Errno.E2BIG;
        if (!ObjectNames.IsValid(attribute.ProgName))
            return Errno.EINVAL;
        bool hasBuffer = attribute.LogBuf != 0;
        if (attribute.LogLevel > 15 || (hasBuffer && attribute.LogLevel == 0) || (hasBuffer && attribute.LogSize is 0 or > uint.MaxValue >> 2) || (!hasBuffer && attribute.LogSize != 0))
            return Errno.EINVAL;
        if ((attribute.FuncInfoCnt != 0 || attribute.LineInfoCnt != 0) && attribute.ProgBtfFd == 0)
            return Errno.EINVAL;
        Errno functions = InfoTables.CheckFunctions(attribute.FuncInfoRecSize, attribute.FuncInfoCnt);
        return functions != Errno.None ? functions : InfoTables.CheckLines(attribute.LineInfoRecSize, attribute.LineInfoCnt);
    }

    private bool TryCopy(in ProgLoadAttribute attribute, out ProgramImage? image, out int[] descriptors, out int failure)
    {
        image = null;
        descriptors = [];
        if (!UserMemory.TryPrefix(attribute.License, MaximumLicense, out byte[] license))
            return Fail(Errno.EFAULT, "the licence's address is null", out failure);
        if (!UserMemory.TryCopy(attribute.Insns, (long)attribute.InsnCnt * Instruction.Size, out byte[] code)
            || !UserMemory.TryCopy(attribute.FuncInfo, (long)attribute.FuncInfoCnt * attribute.FuncInfoRecSize, out byte[] functions)
            || !UserMemory.TryCopy(attribute.LineInfo, (long)attribute.LineInfoCnt * attribute.LineInfoRecSize, out byte[] lines))
        {
            return Fail(Errno.EFAULT, "an address in the attribute is null", out failure);
        }

        if (!InfoTables.TailsAreZero(functions, attribute.FuncInfoRecSize, lines: false)
            || !InfoTables.TailsAreZero(lines, attribute.LineInfoRecSize, lines: true))
        {
            return Fail(Errno.E2BIG, "a func_info or line_info record holds fields that this engine does not know", out failure);
        }

        ImmutableArray<Instruction> instructions = [.. MemoryMarshal.Cast<byte, Instruction>(code)];
        if (!TryCopyDescriptorArray(attribute, instructions, out descriptors))
            return Fail(attribute.FdArray == 0 && attribute.FdArrayCnt == 0 ? Errno.EPROTO : Errno.EFAULT, "an instruction refers to fd_array, which is null", out failure);
        // Looked at only if there are tables that refer to it (check_btf_info_early).
        bool hasTables = (attribute.FuncInfoCnt | attribute.LineInfoCnt) != 0;
        if (!engine.Btfs.TryIdOf(hasTables ? attribute.ProgBtfFd : 0, out uint btfId, out StorageError? error))
            return Fail(error.Errno, error.Message, out failure);

        image = new ProgramImage
        {
            Attributes = Scalars(attribute, btfId, license),
            Name = attribute.ProgName.ToString(),
            License = license,
            Instructions = instructions,
            MapIds = [],
            FunctionInfo = functions,
            LineInfo = lines,
        };
        failure = 0;
        return true;
    }

    private static ProgramObjectAttributes Scalars(in ProgLoadAttribute attribute, uint btfId, byte[] license) => new()
    {
        Type = attribute.ProgType,
        ExpectedAttachType = attribute.ExpectedAttachType,
        Flags = attribute.ProgFlags,
        InstructionCount = attribute.InsnCnt,
        GplCompatible = Licenses.IsGplCompatible(Encoding.UTF8.GetString(license)) ? 1u : 0u,
        KernelVersion = attribute.KernVersion,
        BtfId = btfId,
        AttachBtfId = attribute.AttachBtfId,
        FunctionInfoRecordSize = attribute.FuncInfoRecSize,
        LineInfoRecordSize = attribute.LineInfoRecSize,
    };

    /// <summary>The array has no length in bpf(2) unless fd_array_cnt says one: the highest index that an instruction uses decides.</summary>
    private static bool TryCopyDescriptorArray(in ProgLoadAttribute attribute, ImmutableArray<Instruction> instructions, out int[] descriptors)
    {
        long count = attribute.FdArrayCnt;
        foreach (Instruction instruction in instructions)
        {
            if (instruction.IsLoadImmediate64 && (PseudoLoad)instruction.Source is PseudoLoad.MapIndex or PseudoLoad.MapIndexValue)
                count = Math.Max(count, (long)Math.Clamp(instruction.Immediate, 0, MapReferences.MaximumMaps) + 1);
            if (instruction.IsKfuncCall && instruction.Offset > 0)
                count = Math.Max(count, instruction.Offset + 1L);
        }

        bool readable = UserMemory.TryCopy(attribute.FdArray, count * sizeof(int), out byte[] bytes);
        descriptors = [.. MemoryMarshal.Cast<byte, int>(bytes)];
        return readable;
    }

    private static bool Fail(Errno errno, string message, out int failure)
    {
        failure = Failures.Of(errno, message);
        return false;
    }

    private static string Title(ProgramImage image) => image.Name.Length > 0 ? $"program '{image.Name}'" : "the program";

    private static string Explain(Errno errno, in ProgLoadAttribute attribute) => errno == Errno.E2BIG
        ? $"a program has 1 to {MaximumInstructions} instructions, not {attribute.InsnCnt}"
        : "flags, name, log or info tables of the load attribute are not valid";
}
