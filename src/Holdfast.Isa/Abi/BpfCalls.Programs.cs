using Holdfast.Isa.Instructions;

namespace Holdfast.Isa.Abi;

/// <content>Programs.</content>
public static unsafe partial class BpfCalls
{
    /// <summary>BPF_PROG_LOAD.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="request">The program and all that goes with it.</param>
    /// <param name="logTrueSize">How many bytes the whole log takes, terminator included; over the buffer's length: it was cut.</param>
    /// <returns>A descriptor, or the negated <see cref="Errno"/>.</returns>
    public static int ProgLoad(this IBpfEngine engine, scoped in ProgLoadRequest request, out uint logTrueSize)
    {
        byte[]? license = Terminated(request.License);
        if (license is null)
        {
            logTrueSize = 0;
            return -(int)Errno.EINVAL;
        }

        ProgLoadAttribute attribute = Scalars(request);
        fixed (Instruction* instructions = request.Instructions)
        fixed (byte* licensePointer = license, log = request.Log)
        fixed (byte* funcInfo = request.FuncInfo, lineInfo = request.LineInfo, coreRelocations = request.CoreRelocations)
        fixed (int* descriptors = request.DescriptorArray)
        {
            attribute.Insns = (ulong)instructions;
            attribute.License = (ulong)licensePointer;
            attribute.LogBuf = (ulong)log;
            attribute.FuncInfo = (ulong)funcInfo;
            attribute.LineInfo = (ulong)lineInfo;
            attribute.CoreRelos = (ulong)coreRelocations;
            attribute.FdArray = (ulong)descriptors;
            int result = Invoke(engine, BpfCommand.ProgLoad, ref attribute);
            logTrueSize = attribute.LogTrueSize;
            return result;
        }
    }

    /// <summary>BPF_PROG_TEST_RUN.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="program">The program's descriptor.</param>
    /// <param name="request">Inputs and buffers.</param>
    /// <param name="result">What came of it.</param>
    /// <returns>Zero, or the negated <see cref="Errno"/>.</returns>
    public static int TestRun(this IBpfEngine engine, int program, scoped in TestRunRequest request, out TestRunResult result)
    {
        fixed (byte* dataIn = request.DataIn, dataOut = request.DataOut, contextIn = request.ContextIn, contextOut = request.ContextOut)
        {
            TestRunAttribute attribute = new()
            {
                ProgFd = (uint)program,
                DataSizeIn = (uint)request.DataIn.Length,
                DataSizeOut = (uint)request.DataOut.Length,
                DataIn = (ulong)dataIn,
                DataOut = (ulong)dataOut,
                Repeat = request.Repeat,
                CtxSizeIn = (uint)request.ContextIn.Length,
                CtxSizeOut = (uint)request.ContextOut.Length,
                CtxIn = (ulong)contextIn,
                CtxOut = (ulong)contextOut,
                Flags = request.Flags,
                Cpu = request.Cpu,
                BatchSize = request.BatchSize,
            };
            int status = Invoke(engine, BpfCommand.ProgTestRun, ref attribute);
            result = new(attribute.Retval, attribute.DataSizeOut, attribute.CtxSizeOut, attribute.Duration);
            return status;
        }
    }

    /// <summary>BPF_PROG_BIND_MAP: the program holds the map.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="program">The program's descriptor.</param>
    /// <param name="map">The map's descriptor.</param>
    /// <returns>Zero, or the negated <see cref="Errno"/>.</returns>
    public static int ProgBindMap(this IBpfEngine engine, int program, int map)
    {
        ProgBindMapAttribute attribute = new() { ProgFd = (uint)program, MapFd = (uint)map };
        return Invoke(engine, BpfCommand.ProgBindMap, ref attribute);
    }

    /// <summary>BPF_PROG_ATTACH.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="attribute">What to attach where.</param>
    /// <returns>Zero, or the negated <see cref="Errno"/>.</returns>
    public static int ProgAttach(this IBpfEngine engine, in ProgAttachAttribute attribute)
    {
        ProgAttachAttribute copy = attribute;
        return Invoke(engine, BpfCommand.ProgAttach, ref copy);
    }

    /// <summary>BPF_PROG_DETACH.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="attribute">What to detach from where.</param>
    /// <returns>Zero, or the negated <see cref="Errno"/>.</returns>
    public static int ProgDetach(this IBpfEngine engine, in ProgAttachAttribute attribute)
    {
        ProgAttachAttribute copy = attribute;
        return Invoke(engine, BpfCommand.ProgDetach, ref copy);
    }

    /// <summary>BPF_PROG_QUERY: ids of the programs attached to a target.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="target">Descriptor (or interface index) of the target.</param>
    /// <param name="attachType">Attach type asked about.</param>
    /// <param name="flags">Query flags.</param>
    /// <param name="ids">Receives ids; may be empty to learn the number.</param>
    /// <param name="count">How many there are.</param>
    /// <returns>Zero, or the negated <see cref="Errno"/> (<see cref="Errno.ENOSPC"/>: more than fit).</returns>
    public static int ProgQuery(this IBpfEngine engine, int target, AttachType attachType, uint flags, Span<uint> ids, out uint count)
    {
        fixed (uint* pointer = ids)
        {
            ProgQueryAttribute attribute = new()
            {
                TargetFd = (uint)target,
                AttachType = attachType,
                QueryFlags = flags,
                ProgIds = (ulong)pointer,
                ProgCnt = (uint)ids.Length,
            };
            int result = Invoke(engine, BpfCommand.ProgQuery, ref attribute);
            count = attribute.ProgCnt;
            return result;
        }
    }

    /// <summary>BPF_RAW_TRACEPOINT_OPEN.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="name">Tracepoint; empty where the program itself says what it attaches to.</param>
    /// <param name="program">The program's descriptor.</param>
    /// <param name="cookie">Value that the program can ask for.</param>
    /// <returns>A link's descriptor, or the negated <see cref="Errno"/>.</returns>
    public static int RawTracepointOpen(this IBpfEngine engine, string name, int program, ulong cookie = 0)
    {
        byte[]? text = Terminated(name);
        if (text is null)
        {
            return -(int)Errno.EINVAL;
        }

        fixed (byte* pointer = text)
        {
            RawTracepointAttribute attribute = new()
            {
                Name = name.Length == 0 ? 0 : (ulong)pointer,
                ProgFd = (uint)program,
                Cookie = cookie,
            };
            return Invoke(engine, BpfCommand.RawTracepointOpen, ref attribute);
        }
    }

    private static ProgLoadAttribute Scalars(scoped in ProgLoadRequest request) => new()
    {
        ProgType = request.Type,
        InsnCnt = (uint)request.Instructions.Length,
        LogLevel = request.LogLevel,
        LogSize = (uint)request.Log.Length,
        KernVersion = request.KernelVersion,
        ProgFlags = request.Flags,
        ProgName = ObjectName.From(request.Name),
        ProgIfindex = request.InterfaceIndex,
        ExpectedAttachType = request.ExpectedAttachType,
        ProgBtfFd = (uint)request.BtfDescriptor,
        FuncInfoRecSize = request.FuncInfoRecordSize,
        FuncInfoCnt = Records(request.FuncInfo, request.FuncInfoRecordSize),
        LineInfoRecSize = request.LineInfoRecordSize,
        LineInfoCnt = Records(request.LineInfo, request.LineInfoRecordSize),
        AttachBtfId = request.AttachBtfId,
        AttachProgFd = (uint)request.AttachDescriptor,
        CoreReloCnt = Records(request.CoreRelocations, request.CoreRelocationRecordSize),
        CoreReloRecSize = request.CoreRelocationRecordSize,
        FdArrayCnt = request.BindDescriptorArray ? (uint)request.DescriptorArray.Length : 0,
    };

    private static uint Records(ReadOnlySpan<byte> table, uint recordSize) => recordSize == 0 ? 0 : (uint)table.Length / recordSize;
}
