using System.Collections.Immutable;
using System.Globalization;
using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Verifier.Analysis;

/// <summary>
/// What is decided before any path is walked: functions, jumps, reachability, and where states are compared
/// (<c>add_subprog_and_kfunc</c>, <c>check_subprogs</c>, <c>check_cfg</c>).
/// </summary>
internal sealed class ProgramStructure
{
    public const int MaximumSubprograms = 256;

    private readonly ImmutableArray<Instruction> _code;
    private readonly VerificationRequest _request;

    public ProgramStructure(VerificationRequest request)
    {
        _request = request;
        _code = request.Instructions;
        Starts = FindSubprograms();
        CheckJumps();
    }

    /// <summary>First slots of the functions, ascending; the first is the program itself.</summary>
    public int[] Starts { get; }

    /// <summary>Where states are kept and compared.</summary>
    public bool[] IsPrunePoint { get; private set; } = [];

    /// <summary>Where control may come from elsewhere than the slot before.</summary>
    public bool[] IsJumpPoint { get; private set; } = [];

    /// <summary>Where a state is always kept: loops that only end by comparing states.</summary>
    public bool[] IsForcedCheckpoint { get; private set; } = [];

    /// <summary>Helper calls that call a function back before they return.</summary>
    public bool[] CallsCallback { get; private set; } = [];

    /// <summary>Per function: whether it, or what it calls, may move packet data.</summary>
    public bool[] ChangesPacketData { get; private set; } = [];

    /// <summary>Per function: whether it may sleep.</summary>
    public bool[] MightSleep { get; private set; } = [];

    /// <summary>Per function: whether it may end the program by <c>bpf_throw</c>.</summary>
    public bool[] MightThrow { get; private set; } = [];

    public int EndOf(int subprogram) => subprogram + 1 < Starts.Length ? Starts[subprogram + 1] : _code.Length;

    /// <summary>The function that starts at a slot, or -1.</summary>
    public int FunctionAt(int slot)
    {
        int found = Array.BinarySearch(Starts, slot);
        return found < 0 ? -1 : found;
    }

    /// <summary>The function that a slot belongs to.</summary>
    public int FunctionOf(int slot)
    {
        int found = Array.BinarySearch(Starts, slot);
        return found >= 0 ? found : ~found - 1;
    }

    public static bool IsFunctionLoad(Instruction instruction) =>
        instruction.IsLoadImmediate64 && instruction.PseudoLoad == PseudoLoad.Function;

    private int[] FindSubprograms()
    {
        SortedSet<int> starts = [0];
        for (int i = 0; i < _code.Length; i++)
        {
            Instruction instruction = _code[i];
            bool isCall = instruction.IsLocalCall;
            if (!isCall && !IsFunctionLoad(instruction) && !instruction.IsKfuncCall)
            {
                continue;
            }

            if (_request.Policy.Unprivileged)
            {
                throw new Rejection(Errno.EPERM, "loading/calling other bpf or kernel functions are allowed for CAP_BPF and CAP_SYS_ADMIN", i);
            }

            if (instruction.IsKfuncCall)
            {
                continue;
            }

            long target = (long)i + instruction.Immediate + 1;
            if (target < 0 || target >= _code.Length)
            {
                throw new Rejection(Errno.EINVAL, "call to invalid destination", i);
            }

            starts.Add((int)target);
            if (starts.Count > MaximumSubprograms)
            {
                throw new Rejection(Errno.E2BIG, "too many subprograms", i);
            }
        }

        return [.. starts];
    }

    private void CheckJumps()
    {
        int function = 0;
        int end = EndOf(0);
        for (int i = 0; i < _code.Length; i++)
        {
            Instruction instruction = _code[i];
            if (instruction.IsJumpClass && instruction.JumpOperation is not (JumpOperation.Exit or JumpOperation.Call))
            {
                long target = instruction.Opcode == 0x06 ? (long)i + 1 + instruction.Immediate : i + 1 + instruction.Offset;
                if (target < Starts[function] || target >= end)
                {
                    throw new Rejection(Errno.EINVAL, Text($"jump out of range from insn {i} to {target}"), i);
                }
            }

            if (i == end - 1)
            {
                if (!instruction.IsExit && !instruction.IsUnconditionalJump && !IsThrow(instruction))
                {
                    throw new Rejection(Errno.EINVAL, "last insn is not an exit or jmp", i);
                }

                function++;
                end = function < Starts.Length ? EndOf(function) : end;
            }
        }
    }

    public bool IsThrow(Instruction instruction) => instruction.IsKfuncCall && KfuncName(instruction) == "bpf_throw";

    private string KfuncName(Instruction instruction) =>
        instruction.Offset == 0 && _request.KernelBtf is { } types
        && types.TryGetType((uint)instruction.Immediate, out BtfType? type) && type is BtfFunction function ? function.Name : "";

    /// <summary>Walks the graph of all functions from the first instruction (<c>check_cfg</c>).</summary>
    public void CheckGraph()
    {
        int count = _code.Length;
        IsPrunePoint = new bool[count];
        IsJumpPoint = new bool[count];
        IsForcedCheckpoint = new bool[count];
        CallsCallback = new bool[count];
        byte[] seen = new byte[count];
        List<int> pending = [0];
        seen[0] = 1;
        List<int> next = [];
        while (pending.Count > 0)
        {
            int slot = pending[^1];
            next.Clear();
            Visit(slot, next);
            bool pushed = false;
            foreach (int target in next)
            {
                if (target >= count)
                {
                    throw new Rejection(Errno.EINVAL, Text($"jump out of range from insn {slot} to {target}"), slot);
                }

                if (seen[target] == 0)
                {
                    seen[target] = 1;
                    pending.Add(target);
                    pushed = true;
                    break;
                }

                if (seen[target] == 1 && _request.Policy.Unprivileged)
                {
                    throw new Rejection(Errno.EINVAL, Text($"back-edge from insn {slot} to {target}"), slot);
                }
            }

            if (!pushed)
            {
                seen[slot] = 2;
                pending.RemoveAt(pending.Count - 1);
            }
        }

        for (int i = 0; i < count; i++)
        {
            if (seen[i] == 0)
            {
                throw new Rejection(Errno.EINVAL, Text($"unreachable insn {i}"), i);
            }

            if (_code[i].IsLoadImmediate64)
            {
                if (seen[i + 1] != 0)
                {
                    throw new Rejection(Errno.EINVAL, Text($"jump into the middle of ldimm64 insn {i}"), i);
                }

                i++;
            }
        }

        FindEffects();
    }

    private void Visit(int slot, List<int> next)
    {
        Instruction instruction = _code[slot];
        if (IsFunctionLoad(instruction))
        {
            next.Add(slot + 2);
            MarkPrune(slot + 2);
            MarkJump(slot + 2);
            MarkPrune(slot);
            next.Add(slot + instruction.Immediate + 1);
            return;
        }

        if (!instruction.IsJumpClass)
        {
            next.Add(slot + instruction.SlotCount);
            return;
        }

        switch (instruction.JumpOperation)
        {
            case JumpOperation.Exit:
                return;
            case JumpOperation.Call:
                VisitCall(slot, instruction, next);
                return;
            case JumpOperation.Ja:
                int target = instruction.JumpTarget(slot)!.Value;
                next.Add(target);
                MarkPrune(target);
                MarkJump(target);
                MarkPrune(slot + 1);
                return;
            default:
                MarkPrune(slot);
                if (instruction.IsMayGoto)
                {
                    IsForcedCheckpoint[slot] = true;
                }

                next.Add(slot + 1);
                int branch = slot + 1 + instruction.Offset;
                next.Add(branch);
                MarkPrune(branch);
                MarkJump(branch);
                return;
        }
    }

    private void VisitCall(int slot, Instruction instruction, List<int> next)
    {
        if (instruction.IsHelperCall)
        {
            HelperId helper = (HelperId)instruction.Immediate;
            if (helper == HelperId.TimerSetCallback)
            {
                MarkPrune(slot);
            }

            if (helper is HelperId.Loop or HelperId.ForEachMapElem or HelperId.FindVma or HelperId.UserRingbufDrain)
            {
                CallsCallback[slot] = true;
                IsForcedCheckpoint[slot] = true;
                MarkPrune(slot);
                MarkJump(slot);
            }
        }

        if (instruction.IsKfuncCall)
        {
            string name = KfuncName(instruction);
            if (name.StartsWith("bpf_iter_", StringComparison.Ordinal) && name.EndsWith("_next", StringComparison.Ordinal))
            {
                IsForcedCheckpoint[slot] = true;
                MarkPrune(slot);
                MarkJump(slot);
            }
            else if (name == "bpf_rbtree_add_impl")
            {
                CallsCallback[slot] = true;
                IsForcedCheckpoint[slot] = true;
                MarkPrune(slot);
                MarkJump(slot);
            }
            else if (name == "bpf_throw" && slot + 1 >= _code.Length)
            {
                return;
            }
        }

        next.Add(slot + 1);
        MarkPrune(slot + 1);
        MarkJump(slot + 1);
        if (instruction.IsLocalCall)
        {
            MarkPrune(slot);
            next.Add(slot + 1 + instruction.Immediate);
        }
    }

    private void MarkPrune(int slot)
    {
        if (slot < IsPrunePoint.Length)
        {
            IsPrunePoint[slot] = true;
        }
    }

    private void MarkJump(int slot)
    {
        if (slot < IsJumpPoint.Length)
        {
            IsJumpPoint[slot] = true;
        }
    }

    private void FindEffects()
    {
        ChangesPacketData = new bool[Starts.Length];
        MightSleep = new bool[Starts.Length];
        MightThrow = new bool[Starts.Length];
        bool changed = true;
        for (bool first = true; changed; first = false)
        {
            changed = false;
            for (int i = 0; i < _code.Length; i++)
            {
                int function = FunctionOf(i);
                (bool moves, bool sleeps, bool throws) = EffectsOf(i, first);
                changed |= (moves && !ChangesPacketData[function]) || (sleeps && !MightSleep[function]) || (throws && !MightThrow[function]);
                ChangesPacketData[function] |= moves;
                MightSleep[function] |= sleeps;
                MightThrow[function] |= throws;
            }
        }
    }

    /// <summary>What an instruction may do; calls of helpers and kernel functions need looking at only the first time.</summary>
    private (bool Moves, bool Sleeps, bool Throws) EffectsOf(int index, bool first)
    {
        Instruction instruction = _code[index];
        if (instruction.IsLocalCall || IsFunctionLoad(instruction))
        {
            // A function whose address is taken is called back.
            int callee = FunctionAt(index + 1 + instruction.Immediate);
            return (ChangesPacketData[callee], MightSleep[callee], MightThrow[callee]);
        }

        if (first && instruction.IsHelperCall && _request.Type.FindHelper((HelperId)instruction.Immediate, _request) is { } helper)
        {
            return (helper.ChangesPacketData, helper.MightSleep, false);
        }

        return first && instruction.IsKfuncCall && KfuncTable.Find(KfuncName(instruction)) is { } kfunc
            ? (kfunc.Name == "bpf_xdp_pull_data", kfunc.Is(KfuncTraits.Sleeps), IsThrow(instruction))
            : default;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
