using System.Collections.Immutable;
using System.Globalization;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;

namespace Holdfast.Verifier.Analysis;

/// <summary>Depth of the stack over all chains of calls, and that no throw leaves a callback (<c>check_max_stack_depth</c>).</summary>
internal sealed class StackCheck
{
    private const int MaximumStack = 512;
    private const int MaximumFrames = 8;
    private const int MaximumWithTailCall = 256;

    private readonly ImmutableArray<Instruction> _code;
    private readonly ProgramStructure _structure;
    private readonly Analyzer _analyzer;
    private readonly bool[] _hasTailCall;

    private StackCheck(VerificationRequest request, ProgramStructure structure, Analyzer analyzer)
    {
        _code = request.Instructions;
        _structure = structure;
        _analyzer = analyzer;
        _hasTailCall = new bool[structure.Starts.Length];
        for (int i = 0; i < _code.Length; i++)
        {
            if (_code[i].IsHelperCall && _code[i].Immediate == (int)HelperId.TailCall)
            {
                _hasTailCall[structure.FunctionOf(i)] = true;
            }
        }
    }

    public static int Deepest(VerificationRequest request, ProgramStructure structure, Analyzer analyzer)
    {
        StackCheck check = new(request, structure, analyzer);
        int deepest = check.Walk(0, 0, 1, false, false);
        for (int function = 1; function < structure.Starts.Length; function++)
        {
            bool isAsync = false;
            for (int i = 0; i < check._code.Length; i++)
            {
                isAsync |= ProgramStructure.IsFunctionLoad(check._code[i]) && structure.FunctionAt(i + 1 + check._code[i].Immediate) == function;
            }

            if (isAsync)
            {
                deepest = Math.Max(deepest, check.Walk(function, 0, 1, false, true));
            }
        }

        return deepest;
    }

    private int Walk(int function, int depth, int frames, bool tailCallBelow, bool inCallback)
    {
        if (frames > MaximumFrames)
        {
            throw Refuse(Errno.E2BIG, $"the call stack of {frames} frames is too deep !");
        }

        if (tailCallBelow && _hasTailCall[function] && depth >= MaximumWithTailCall)
        {
            throw Refuse(Errno.EACCES, $"tail_calls are not allowed when call stack of previous frames is {depth} bytes. Too large");
        }

        // The interpreter and JITs round a frame up to 32 bytes; the kernel with a JIT to 16.
        int own = depth + Round(Math.Max(1, _analyzer.StackDepths[function]));
        if (own > MaximumStack)
        {
            throw Refuse(Errno.EACCES, $"combined stack size of {frames} calls is {own}. Too large");
        }

        int deepest = own;
        for (int i = _structure.Starts[function]; i < _structure.EndOf(function); i++)
        {
            Instruction instruction = _code[i];
            if (inCallback && _structure.IsThrow(instruction))
            {
                // The kernel's code that called back can't be unwound.
                throw Refuse(Errno.EINVAL, $"bpf_throw kfunc (insn {i}) cannot be called from callback subprog {function}");
            }

            bool isFunctionLoad = ProgramStructure.IsFunctionLoad(instruction);
            if (instruction.IsLocalCall || isFunctionLoad)
            {
                int callee = _structure.FunctionAt(i + 1 + instruction.Immediate);
                if (isFunctionLoad && !_analyzer.Notes[i].IsReached)
                {
                    continue;
                }

                deepest = Math.Max(deepest, Walk(callee, own, frames + 1, true, inCallback || isFunctionLoad));
            }
        }

        return deepest;
    }

    private static int Round(int bytes) => (bytes + 15) & ~15;

    private static Rejection Refuse(Errno error, FormattableString reason) => new(error, reason.ToString(CultureInfo.InvariantCulture));
}
