using System.Collections.Immutable;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Verifier.Analysis;

/// <summary>
/// Which registers may be read before they are written again, for each slot (<c>compute_live_registers</c>). Sound for pruning: a register
/// outside of the set can't influence any continuation within its frame, whatever it holds; reads are over-approximated, writes are exact.
/// </summary>
internal static class LiveRegisters
{
    private const ushort Arguments = 0x3e;
    private const ushort CallClobbered = 0x3f;

    public static ushort[] Compute(VerificationRequest request)
    {
        ImmutableArray<Instruction> code = request.Instructions;
        ushort[] live = new ushort[code.Length];
        bool changed = true;
        while (changed)
        {
            changed = false;
            for (int i = code.Length - 1; i >= 0; i--)
            {
                ushort computed = Before(request, code, i, live);
                changed |= computed != live[i];
                live[i] = computed;
            }
        }

        return live;
    }

    private static ushort Before(VerificationRequest request, ImmutableArray<Instruction> code, int i, ushort[] live)
    {
        Instruction instruction = code[i];
        (int use, int define) = Effects(request, instruction);
        int after = 0;
        if (!instruction.IsExit)
        {
            int next = i + instruction.SlotCount;
            if (next < code.Length && !instruction.IsUnconditionalJump)
            {
                after |= live[next];
            }

            if (!instruction.IsLocalCall && instruction.JumpTarget(i) is int target && target >= 0 && target < code.Length)
            {
                after |= live[target];
            }
        }

        return (ushort)((after & ~define) | use);
    }

    private static (int Use, int Define) Effects(VerificationRequest request, Instruction instruction)
    {
        int destination = 1 << instruction.Destination;
        int source = 1 << instruction.Source;
        switch (instruction.Class)
        {
            case InstructionClass.Ld:
                return instruction.IsLoadImmediate64 ? (0, destination)
                    : (0x40 | (instruction.MemoryMode == MemoryMode.Ind ? source : 0), CallClobbered);
            case InstructionClass.Ldx:
                return (source, destination);
            case InstructionClass.St:
                return (destination, 0);
            case InstructionClass.Stx:
                return OfStore(instruction, destination, source);
            case InstructionClass.Alu or InstructionClass.Alu64:
                int from = instruction.UsesSourceRegister && instruction.AluOperation is not AluOperation.End ? source : 0;
                return instruction.AluOperation == AluOperation.Mov ? (from, destination) : (from | destination, destination);
            default:
                break;
        }

        return instruction.JumpOperation switch
        {
            JumpOperation.Ja or JumpOperation.Jcond => (0, 0),
            JumpOperation.Exit => (1, 0),
            JumpOperation.Call => (ArgumentsOf(request, instruction), CallClobbered),
            _ => (destination | (instruction.UsesSourceRegister ? source : 0), 0),
        };
    }

    private static int ArgumentsOf(VerificationRequest request, Instruction call) =>
        call.IsHelperCall && request.Type.FindHelper((HelperId)call.Immediate, request) is { } helper
            ? ((1 << helper.Arguments.Length) - 1) << 1
            : Arguments;

    private static (int Use, int Define) OfStore(Instruction instruction, int destination, int source)
    {
        if (!instruction.IsAtomic)
        {
            return (destination | source, 0);
        }

        return instruction.AtomicOperation switch
        {
            AtomicOperation.LoadAcquire => (source, destination),
            AtomicOperation.CmpXchg => (destination | source | 1, 1),
            AtomicOperation.Xchg or AtomicOperation.FetchAdd or AtomicOperation.FetchAnd
                or AtomicOperation.FetchOr or AtomicOperation.FetchXor => (destination | source, source),
            _ => (destination | source, 0),
        };
    }
}
