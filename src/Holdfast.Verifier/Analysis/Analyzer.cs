using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Verifier.Domains;
using Holdfast.Verifier.Prototypes;
using Holdfast.Verifier.Reporting;

namespace Holdfast.Verifier.Analysis;

/// <summary>
/// Walks every path of a program with what is known of registers and stack (<c>do_check</c>). Sound because: a step's new state covers every
/// concrete state that the step can lead to; a path is dropped only where a kept state covers it (<see cref="StateComparison"/>); and every
/// slot's checks hold in every state that reaches it.
/// </summary>
internal sealed partial class Analyzer
{
    private const int MaximumPendingJumps = 8192;
    private const int MaximumFrames = 8;

    private readonly VerificationRequest _request;
    private readonly ImmutableArray<Instruction> _code;
    private readonly ProgramStructure _structure;
    private readonly ushort[] _live;
    private readonly StackLiveness _stackLiveness;
    private readonly InstructionNotes[] _notes;
    private readonly List<KeptState>?[] _kept;
    private readonly Stack<PendingPath> _pending = new();

    /// <summary>States of paths that ended. Nothing else refers to these: kept states, parents and back edges are copies.</summary>
    private readonly Stack<VerifierState> _ended = new();
    private readonly MapTable _maps;
    private readonly AnalysisLog _log;
    private readonly bool[] _isLoopish;
    private readonly List<(VerifierState Kept, VerifierState Pruned)> _backEdges = [];

    private VerifierState _state = new();
    private int _index;
    private int _previous;
    private int _processed;
    private int _jumps;
    private int _lastKeptJumps;
    private int _lastKeptProcessed;
    private int _ids;
    private bool _hasHistoryEntry;
    private int _totalStates;
    private int _peakStates;
    private int _statesPerInstruction;
    private int _verifying;

    private SpecialFields Special => _maps.Fields;

    public Analyzer(VerificationRequest request, ProgramStructure structure, MapTable maps, AnalysisLog log)
    {
        _request = request;
        _code = request.Instructions;
        _structure = structure;
        _maps = maps;
        _log = log;
        _live = LiveRegisters.Compute(request);
        _stackLiveness = new StackLiveness(_code, structure);
        _notes = new InstructionNotes[_code.Length];
        _kept = new List<KeptState>?[_code.Length];
        _isLoopish = LoopSearch.Find(_code, structure);
        StackDepths = new int[structure.Starts.Length];
        Array.Fill(_notes, InstructionNotes.None);
    }

    public InstructionNotes[] Notes => _notes;

    public int Processed => _processed;

    public int TotalStates => _totalStates;

    public int PeakStates => _peakStates;

    public int StatesPerInstruction => _statesPerInstruction;

    public int Index => _index;

    /// <summary>Bytes of stack per function.</summary>
    public int[] StackDepths { get; }

    public int ContextReach { get; private set; }

    public bool HasTailCall { get; private set; }

    private FunctionState Frame => _state.Current;

    private bool Privileged => !_request.Policy.Unprivileged;

    private bool StrictAlignment => _request.Flags.HasFlag(ProgramFlags.StrictAlignment);

    private ref RegisterState Register(int number) => ref Frame.Registers[number];

    private int NewId() => ++_ids;

    /// <summary>Verifies one function from its start: the program, or a global function for any arguments.</summary>
    public void Explore(int function)
    {
        _verifying = function;
        _pending.Clear();
        _backEdges.Clear();
        Array.Clear(_kept);
        _state = new VerifierState { Branches = 1, IsSleepable = _request.Flags.HasFlag(ProgramFlags.Sleepable) };
        _state.Frames.Add(new FunctionState(0, -1, function));
        _index = _structure.Starts[function];
        _state.FirstIndex = _index;
        _state.LastIndex = -1;
        _previous = -1;
        Register(10) = RegisterState.Pointer(RegisterType.Stack);
        EnterArguments(function);
        _log.Begin(function, _structure, _request);
        Walk();
    }

    private void Walk()
    {
        while (true)
        {
            bool ended = Step();
            while (ended)
            {
                CountDownBranches(_state);
                _ended.Push(_state);
                if (!_pending.TryPop(out PendingPath path))
                {
                    return;
                }

                (_state, _index, _previous) = path;
                _log.Resume(path, _code);
                ended = false;
            }
        }
    }

    /// <summary>Walks one instruction.</summary>
    /// <returns>Whether the path ended.</returns>
    private bool Step()
    {
        _hasHistoryEntry = false;
        if (_index >= _code.Length)
        {
            Reject(Errno.EFAULT, $"invalid insn idx {_index} insn_cnt {_code.Length}");
        }

        if (++_processed > _request.Policy.InstructionBudget)
        {
            Reject(Errno.E2BIG, $"BPF program is too large. Processed {_processed} insn");
        }

        _state.LastIndex = _previous;
        _state.Index = _index;
        if (_structure.IsPrunePoint[_index] && IsVisited())
        {
            _log.Safe(_previous, _index);
            return true;
        }

        if (_structure.IsJumpPoint[_index])
        {
            PushHistory();
        }

        Instruction instruction = _code[_index];
        _log.Before(_state, _index, _request);
        if (!_notes[_index].IsReached)
        {
            CheckEncoding(instruction);
            _notes[_index].IsReached = true;
        }

        int at = _index;
        bool ended = Execute(instruction);
        _log.After(_state, at, ended);
        _previous = at;
        return ended;
    }

    private void CheckEncoding(Instruction instruction)
    {
        if (!instruction.IsLoadImmediate64 && Refusals.Of(_code.AsSpan(), _index) is { } refusal)
        {
            Reject(Errno.EINVAL, $"{refusal}");
        }
    }

    private bool Execute(Instruction instruction)
    {
        switch (instruction.Class)
        {
            case InstructionClass.Alu or InstructionClass.Alu64:
                CheckArithmetic(instruction);
                break;
            case InstructionClass.Ldx:
                CheckRead(instruction.Source);
                CheckDestination(instruction.Destination);
                CheckLoad(instruction);
                break;
            case InstructionClass.Stx when instruction.IsAtomic:
                CheckAtomic(instruction);
                break;
            case InstructionClass.Stx:
                CheckRead(instruction.Source);
                CheckRead(instruction.Destination);
                CheckStore(instruction);
                break;
            case InstructionClass.St:
                CheckRead(instruction.Destination);
                CheckStore(instruction);
                break;
            case InstructionClass.Ld:
                if (instruction.IsLoadImmediate64)
                {
                    CheckConstantLoad(instruction);
                    _index += 2;
                    return false;
                }

                CheckPacketLoad(instruction);
                break;
            default:
                return ExecuteJump(instruction);
        }

        _index++;
        return false;
    }

    private void CheckRead(int register)
    {
        if (Register(register).Type == RegisterType.NotInitialized)
        {
            Reject(Errno.EACCES, $"R{register} !read_ok");
        }
    }

    private static void CheckDestination(int register)
    {
        if (register == 10)
        {
            Reject(Errno.EACCES, $"frame pointer is read only");
        }
    }

    /// <summary>Follows another path later.</summary>
    private VerifierState PushPath(int index)
    {
        VerifierState copy = Copy(_state);
        PushState(copy, index, _index);
        return copy;
    }

    /// <summary>Copies a state into the memory of an ended path, if there is any: copying is what walking costs most.</summary>
    private VerifierState Copy(VerifierState state)
    {
        VerifierState copy = _ended.TryPop(out VerifierState? ended) ? ended : new();
        copy.CopyFrom(state);
        return copy;
    }

    private void PushState(VerifierState state, int index, int previous)
    {
        state.Branches = 1;
        if (state.Parent is { } parent)
        {
            parent.Branches++;
        }

        _pending.Push(new(state, index, previous));
        if (_pending.Count > MaximumPendingJumps)
        {
            Reject(Errno.E2BIG, $"The sequence of {_pending.Count} jumps is too complex.");
        }
    }

    /// <summary>Every finished path counts down the states it came through; at zero a state's whole future is known.</summary>
    private void CountDownBranches(VerifierState? state)
    {
        while (state is not null && --state.Branches <= 0)
        {
            if (state.HasBackEdge)
            {
                PropagateBackEdges();
            }

            state = state.Parent;
        }
    }

    private void PushHistory(int slot = -1, int frame = 0, LinkedPlace[]? linked = null, bool destinationIsPointer = false, bool sourceIsPointer = false)
    {
        List<JumpRecord> history = _state.History;
        if (_hasHistoryEntry)
        {
            JumpRecord last = history[^1];
            history[^1] = last with
            {
                StackSlot = slot >= 0 ? slot : last.StackSlot,
                StackFrame = slot >= 0 ? frame : last.StackFrame,
                Linked = linked is null ? last.Linked : last.Linked is null ? linked : [.. last.Linked, .. linked],
                DestinationIsPointer = last.DestinationIsPointer | destinationIsPointer,
                SourceIsPointer = last.SourceIsPointer | sourceIsPointer,
            };
            return;
        }

        history.Add(new(_index, _previous, slot, frame, linked, destinationIsPointer, sourceIsPointer));
        _hasHistoryEntry = true;
    }

    [DoesNotReturn]
    private static void Reject(Errno error, FormattableString reason) =>
        throw new Rejection(error, reason.ToString(CultureInfo.InvariantCulture));
}
