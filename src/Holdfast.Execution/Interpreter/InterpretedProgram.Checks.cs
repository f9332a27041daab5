using System.Runtime.CompilerServices;
using Holdfast.Isa.Abi;

namespace Holdfast.Execution.Interpreter;

/// <summary>What instrumented runs do beside the instructions themselves.</summary>
internal sealed unsafe partial class InterpretedProgram
{
    private readonly (int Start, int Depth)[] _stackDepths;

    private void Enter(RunContext context, int start, ulong* registers)
    {
        int depth = StackFrame.Bytes;
        foreach ((int first, int stackDepth) in _stackDepths)
        {
            depth = first == start ? stackDepth : depth;
        }

        context.Checks.Push(registers[10] - (ulong)depth, depth);
    }

    private static void Leave(RunContext context) => context.Checks.Pop();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Before(RunContext context, DecodedInstruction* ip, ulong* registers, ref ulong lookedUp)
    {
        int slot = (int)(ip - _code);
        if (_options.Budgeted && --context.InstructionBudget < 0)
        {
            throw new BudgetExhaustedException(slot);
        }

        // The registers are a local of the loop, above in the stack.
        _options.Observer?.OnInstruction(context, _program, slot, new Span<ulong>(registers, 11));
        if (!_options.Checked)
        {
            return;
        }

        (int size, bool write, bool throughSource) = MemoryOperations.Describe(ip->Operation);
        if (size != 0)
        {
            ulong address = registers[throughSource ? ip->Source : ip->Destination] + (ulong)ip->Offset;
            context.Checks.Require(context, slot, address, size, write);
        }

        lookedUp = ip->Operation == Operation.CallHelper && IsLookup(_program.Verified.Lowered[slot].Immediate) ? registers[1] : 0;
    }

    private static bool IsLookup(int helper) => (HelperId)helper is HelperId.MapLookupElem or HelperId.MapLookupPercpuElem;

    private static void AfterHelper(RunContext context, ulong lookedUp, ulong result)
    {
        if (lookedUp != 0 && result != 0 && RuntimeMap.FromHandle(lookedUp) is { } map && map.Description.Inner == null)
        {
            context.Checks.AddValue(result, (int)map.Description.ValueSize);
        }
    }
}
