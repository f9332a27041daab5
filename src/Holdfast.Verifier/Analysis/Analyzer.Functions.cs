using System.Globalization;
using System.Text;
using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Verifier.Domains;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Verifier.Analysis;

/// <content>Functions of the program: calls, callbacks, exits.</content>
internal sealed partial class Analyzer
{
    private readonly HashSet<int> _calledGlobals = [];

    /// <summary>Global functions that some walked path calls: only these need to be verified on their own.</summary>
    public IReadOnlySet<int> CalledGlobals => _calledGlobals;

    public bool IsGlobal(int function) => function > 0 && FunctionOf(function)?.Linkage == BtfFunctionLinkage.Global;

    public string NameOf(int function) => FunctionOf(function)?.Name ?? "";

    private BtfFunction? FunctionOf(int function)
    {
        if (_request.Btf is not { } types || function >= _request.Functions.Length)
        {
            return null;
        }

        return types.TryGetType(_request.Functions[function].TypeId, out BtfType? type) ? type as BtfFunction : null;
    }

    private BtfFunctionPrototype? PrototypeOf(int function) =>
        FunctionOf(function) is { } found ? _request.Btf!.Resolve(found.TypeId) as BtfFunctionPrototype : null;

    private bool ReturnsInteger(int function) =>
        PrototypeOf(function) is { } prototype && _request.Btf!.Resolve(prototype.ReturnTypeId) is BtfInt or BtfEnumeration;

    private void EnterArguments(int function)
    {
        if (function > 0)
        {
            EnterGlobal(function);
            return;
        }

        if (_request.Type.EntryMemorySize is { } length)
        {
            Register(1) = RegisterState.Pointer(RegisterType.Memory);
            Register(1).Extent = length;
            Register(2) = RegisterState.Constant((ulong)length);
            return;
        }

        Register(1) = RegisterState.Pointer(RegisterType.Context);
    }

    private void EnterGlobal(int function)
    {
        FunctionArgument[] arguments = ArgumentsOf(function);
        for (int i = 0; i < arguments.Length; i++)
        {
            RegisterState value;
            switch (arguments[i].Kind)
            {
                case FunctionArgumentKind.Number:
                    value = RegisterState.Unknown;
                    break;
                case FunctionArgumentKind.Context:
                    value = RegisterState.Pointer(RegisterType.Context);
                    break;
                case FunctionArgumentKind.Arena:
                    value = RegisterState.Pointer(RegisterType.Arena);
                    value.Range = ScalarRange.Unknown;
                    break;
                case FunctionArgumentKind.Trusted:
                    value = RegisterState.Pointer(RegisterType.BtfObject, TypeFlags.Trusted | (arguments[i].MaybeNull ? TypeFlags.MaybeNull : 0));
                    value.BtfId = arguments[i].BtfId;
                    value.Types = _request.KernelBtf;
                    value.Id = arguments[i].MaybeNull ? NewId() : 0;
                    break;
                default:
                    value = RegisterState.Pointer(RegisterType.Memory, arguments[i].MaybeNull ? TypeFlags.MaybeNull : 0);
                    value.Extent = arguments[i].Size;
                    value.Id = arguments[i].MaybeNull ? NewId() : 0;
                    break;
            }

            Register(i + 1) = value;
        }
    }

    private FunctionArgument[] ArgumentsOf(int function) =>
        FunctionSignature.Read(_request, FunctionOf(function)!, PrototypeOf(function)!, function);

    private void CheckLocalCall(Instruction instruction)
    {
        int function = _structure.FunctionAt(_index + 1 + instruction.Immediate);
        InstructionNotes.Merge(ref _notes[_index].Subprogram, function);
        if (IsGlobal(function))
        {
            CheckGlobalCall(function);
            return;
        }

        FunctionState callee = Enter(_state, function, _index);
        for (int i = 1; i <= 5; i++)
        {
            callee.Registers[i] = Register(i);
        }

        ClearCallerSaved(Frame);
        _state.Frames.Add(callee);
        _index = _structure.Starts[function];
    }

    private static void ClearCallerSaved(FunctionState frame)
    {
        for (int i = 0; i <= 5; i++)
        {
            frame.Registers[i] = default;
        }
    }

    private static FunctionState Enter(VerifierState state, int function, int callSite)
    {
        if (state.Frames.Count >= MaximumFrames)
        {
            Reject(Errno.E2BIG, $"the call stack of {state.Frames.Count + 1} frames is too deep");
        }

        FunctionState callee = new(state.Frames.Count, callSite, function);
        callee.Registers[10] = RegisterState.Pointer(RegisterType.Stack);
        callee.Registers[10].Extent = callee.Frame;
        return callee;
    }

    /// <summary>A global function is verified on its own for any arguments of its types; here only the arguments are checked.</summary>
    private void CheckGlobalCall(int function)
    {
        if (_state.ActiveLocks > 0)
        {
            Reject(Errno.EINVAL, $"global function calls are not allowed while holding a lock,\nuse static function instead");
        }

        if (_structure.MightThrow[function])
        {
            // It is walked without its callers, so what they hold at the call is all that can be held at its throw.
            CheckResourceLeak("bpf_throw");
        }

        string name = NameOf(function);
        if (_structure.MightSleep[function] && (!_state.IsSleepable || _state.RcuDepth > 0 || _state.PreemptDepth > 0))
        {
            Reject(Errno.EINVAL, $"global functions that may sleep are not allowed in non-sleepable context");
        }

        FunctionArgument[] arguments = ArgumentsOf(function);
        for (int i = 0; i < arguments.Length; i++)
        {
            int register = i + 1;
            RegisterState value = Register(register);
            string? wrong = CheckGlobalArgument(arguments[i], i, register, value);
            if (wrong is not null)
            {
                _log.Line(wrong);
                Reject(Errno.EINVAL, $"Caller passes invalid args into func#{function} ('{name}')");
            }
        }

        _log.Line(FormattableString.Invariant($"Func#{function} ('{name}') is global and assumed valid."));
        if (_structure.ChangesPacketData[function])
        {
            ForgetPackets();
        }

        _calledGlobals.Add(function);
        ClearCallerSaved(Frame);
        Register(0) = RegisterState.Unknown;
        _index++;
    }

    private string? CheckGlobalArgument(FunctionArgument argument, int index, int register, in RegisterState value)
    {
        switch (argument.Kind)
        {
            case FunctionArgumentKind.Number:
                return value.IsScalar ? null : FormattableString.Invariant($"R{register} is not a scalar");
            case FunctionArgumentKind.Context:
                if (value.Type != RegisterType.Context)
                {
                    return FormattableString.Invariant($"arg#{index} expected pointer to ctx, but got {value.TypeName}");
                }

                CheckPlainPointer(value, register, fixedAllowed: false);
                return null;
            case FunctionArgumentKind.Memory:
                if (value.IsNull && argument.MaybeNull)
                {
                    return null;
                }

                if (value.MaybeNull && !argument.MaybeNull)
                {
                    return FormattableString.Invariant($"arg#{index} is expected to be non-NULL");
                }

                RegisterState checkedValue = value;
                checkedValue.Flags &= ~TypeFlags.MaybeNull;
                CheckHelperMemory(checkedValue, register, argument.Size, writes: true, zeroSizeAllowed: true, fills: false);
                return null;
            case FunctionArgumentKind.Arena:
                return value.Type is RegisterType.Arena or RegisterType.Scalar ? null : FormattableString.Invariant($"R{register} is not a pointer to arena or scalar.");
            default:
                if (value.IsNull && argument.MaybeNull)
                {
                    return null;
                }

                return value is { Type: RegisterType.BtfObject } && IsTrusted(value) && value.BtfId == argument.BtfId && (!value.MaybeNull || argument.MaybeNull)
                    ? null
                    : FormattableString.Invariant($"arg#{index} expected a trusted pointer");
        }
    }

    /// <summary>Calls a function back: a path of its own, that comes back to this call (<c>push_callback_call</c>).</summary>
    private void PushCallback(int function, CallbackKind kind, HelperCallInfo call)
    {
        if (function < 0)
        {
            Reject(Errno.EINVAL, $"callback is not a function of the program");
        }

        if (IsGlobal(function) && kind == CallbackKind.Timer)
        {
            // A global function may be a callback; it is walked here all the same.
        }

        VerifierState state;
        if (kind is CallbackKind.Timer or CallbackKind.WorkQueue)
        {
            state = new VerifierState { FirstIndex = _structure.Starts[function], LastIndex = -1, IsSleepable = false };
            FunctionState outermost = new(0, -1, function) { Callback = kind, IsAsyncCallback = true };
            outermost.Registers[10] = RegisterState.Pointer(RegisterType.Stack);
            SetCallbackArguments(outermost, kind, call);
            state.Frames.Add(outermost);
            PushState(state, _structure.Starts[function], -1);
            return;
        }

        state = Copy(_state);
        FunctionState callee = Enter(state, function, _index);
        callee.Callback = kind;
        SetCallbackArguments(callee, kind, call);
        state.Current.CallbackDepth++;
        state.Frames.Add(callee);
        PushState(state, _structure.Starts[function], _index);
        Frame.CallbackDepth = 0;
    }

    private void SetCallbackArguments(FunctionState callee, CallbackKind kind, HelperCallInfo call)
    {
        RegisterState[] registers = callee.Registers;
        switch (kind)
        {
            case CallbackKind.Loop:
                registers[1] = RegisterState.Unknown;
                registers[2] = Register(3);
                break;
            case CallbackKind.ForEachElement:
                registers[1] = Register(1);
                registers[2] = OfMap(RegisterType.MapKey, Register(1).Map!);
                registers[3] = OfMap(RegisterType.MapValue, Register(1).Map!);
                registers[4] = Register(3);
                break;
            case CallbackKind.FindVma:
                registers[1] = Register(1);
                registers[2] = KernelObject("vm_area_struct", TypeFlags.None);
                registers[3] = Register(4);
                break;
            case CallbackKind.UserRingBuf:
                // A dynptr of its own for each call (mark_dynptr_cb_reg), which nobody but helpers looks into: they bound what they read
                // by its size. What is cut out of it stays memory of the ring, mapped as long as the program may run.
                registers[1] = RegisterState.Pointer(RegisterType.Dynptr);
                registers[1].Extent = (int)DynptrKind.Local;
                registers[1].MapInstance = 1;
                registers[1].Id = NewId();
                registers[2] = Register(3);
                break;
            case CallbackKind.Timer:
                MapDescription map = call.Map!;
                registers[1] = OfMap(RegisterType.Map, map);
                registers[2] = OfMap(RegisterType.MapKey, map);
                registers[3] = OfMap(RegisterType.MapValue, map);
                break;
            default:
                Reject(Errno.EINVAL, $"callbacks of this helper are not supported by Holdfast's verifier yet");
                break;
        }
    }

    private RegisterState OfMap(RegisterType type, MapDescription map)
    {
        RegisterState value = RegisterState.Pointer(type);
        value.Map = map;
        if (type == RegisterType.MapValue && HoldsLock(value))
        {
            value.Id = NewId();
        }

        return value;
    }

    /// <summary>
    /// A function may end in the middle: a tail call that succeeds runs another program in its place and then returns to the caller, and a packet load
    /// that fails ends it. So the caller goes on with that result too; after a tail call with nothing known of packets.
    /// </summary>
    private void PushEarlyExit(RegisterState result, bool movesPacket)
    {
        FunctionState callee = Frame;
        if (_state.CurrentFrame == 0)
        {
            return;
        }

        if (callee.Callback is not null)
        {
            Reject(Errno.EINVAL, $"a callback can't end in the middle: no tail call or packet load here");
        }

        VerifierState after = Copy(_state);
        after.Frames.RemoveAt(after.Frames.Count - 1);
        after.Current.Registers[0] = result;
        PushState(after, callee.CallSite + 1, _index);
        if (movesPacket)
        {
            VerifierState current = _state;
            _state = after;
            ForgetPackets();
            _state = current;
        }
    }

    private bool CheckExit()
    {
        bool outermost = _state.CurrentFrame == 0;
        CheckResourceLeak("BPF_EXIT instruction in main prog", outermost);
        if (outermost)
        {
            CheckReturnValue();
            return true;
        }

        FunctionState callee = Frame;
        RegisterState result = Register(0);
        if (result.Type == RegisterType.Stack)
        {
            Reject(Errno.EINVAL, $"cannot return stack pointer to the caller");
        }

        if (callee.Callback is null)
        {
            _state.Frames.RemoveAt(_state.Frames.Count - 1);
            Register(0) = result;
            _index = callee.CallSite + 1;
            return false;
        }

        if (!result.IsScalar)
        {
            Reject(Errno.EACCES, $"R0 not a scalar value");
        }

        MarkPrecise(0);
        ReturnRange range = new(0, callee.Callback is CallbackKind.Timer or CallbackKind.WorkQueue ? 0 : 1);
        if (!IsWithin(result.Range, range))
        {
            Reject(Errno.EINVAL, $"{DescribeRange("At callback return", "R0", result, range)}");
        }

        _state.Frames.RemoveAt(_state.Frames.Count - 1);
        _index = callee.CallSite;
        VerifierState? earlier = _state.Parent;
        while (earlier is not null && !(earlier.Index == _index && SameCalls(earlier, _state)))
        {
            earlier = earlier.Parent;
        }

        if (earlier is not null)
        {
            Widen(earlier, _state);
        }

        return false;
    }

    private void CheckReturnValue()
    {
        ref RegisterState result = ref Register(0);
        bool isAsync = Frame.IsAsyncCallback;
        if (_verifying > 0 && !isAsync)
        {
            CheckRead(0);
            if (!result.IsScalar)
            {
                Reject(Errno.EINVAL, $"At subprogram exit the register R0 is not a scalar value ({result.TypeName})");
            }

            return;
        }

        if (!isAsync && ReturnsVoid())
        {
            return;
        }

        CheckRead(0);
        CheckNoLeak(0, "leaks addr as return value");
        ReturnRange? wanted = isAsync ? new ReturnRange(0, 0) : _request.Type.GetReturnRange(_request);
        if (wanted is not { } range)
        {
            return;
        }

        string exit = isAsync ? "At async callback return" : "At program exit";
        if (!result.IsScalar)
        {
            Reject(Errno.EINVAL, $"{exit} the register R0 is not a known value ({result.TypeName})");
        }

        MarkPrecise(0);
        if (!IsWithin(result.Range, range))
        {
            Reject(Errno.EINVAL, $"{DescribeRange(exit, "R0", result, range)}");
        }
    }

    /// <summary>Operations and hooks that return nothing leave r0 alone.</summary>
    private bool ReturnsVoid() =>
        _request.Type.Type is ProgramType.StructOps or ProgramType.Lsm
        && AttachTarget.Find(_request, out _) is { Prototype.ReturnTypeId: 0 };

    private static bool IsWithin(in ScalarRange value, ReturnRange range) => range.Is32Bit
        ? value.Signed32Min >= range.Minimum && value.Signed32Max <= range.Maximum
        : value.SignedMin >= range.Minimum && value.SignedMax <= range.Maximum;

    private static string DescribeRange(string when, string register, in RegisterState value, ReturnRange range)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{when} the register {register} has");
        bool unknown = true;
        if (value.Range.SignedMin > long.MinValue)
        {
            text.Append(CultureInfo.InvariantCulture, $" smin={value.Range.SignedMin}");
            unknown = false;
        }

        if (value.Range.SignedMax < long.MaxValue)
        {
            text.Append(CultureInfo.InvariantCulture, $" smax={value.Range.SignedMax}");
            unknown = false;
        }

        if (unknown)
        {
            text.Append(" unknown scalar value");
        }

        text.Append(CultureInfo.InvariantCulture, $" should have been in [{range.Minimum}, {range.Maximum}]");
        return text.ToString();
    }

    /// <summary>Nothing may be held where a program ends (<c>check_resource_leak</c>).</summary>
    private void CheckResourceLeak(string what, bool outermost = true)
    {
        bool any = false;
        foreach (Reference held in _state.References)
        {
            if (held.Kind == ReferenceKind.Pointer && (outermost || (Frame.Callback is not null && held.InstructionIndex >= _structure.Starts[Frame.Subprogram]
                && held.InstructionIndex < _structure.EndOf(Frame.Subprogram))))
            {
                _log.Line(FormattableString.Invariant($"Unreleased reference id={held.Id} alloc_insn={held.InstructionIndex}"));
                any = true;
            }
        }

        if (any)
        {
            Reject(Errno.EINVAL, $"{what} would lead to reference leak");
        }

        if (!outermost)
        {
            return;
        }

        if (_state.ActiveLocks > 0)
        {
            Reject(Errno.EINVAL, $"{what} cannot be used inside bpf_spin_lock-ed region");
        }

        if (_state.PreemptDepth > 0)
        {
            Reject(Errno.EINVAL, $"{what} cannot be used inside bpf_preempt_disable-ed region");
        }

        if (_state.RcuDepth > 0)
        {
            Reject(Errno.EINVAL, $"{what} cannot be used inside bpf_rcu_read_lock-ed region");
        }
    }
}
