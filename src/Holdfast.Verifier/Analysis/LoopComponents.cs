using System.Collections.Immutable;
using Holdfast.Isa.Instructions;

namespace Holdfast.Verifier.Analysis;

/// <summary>
/// The cycles of the functions' control-flow graphs: strongly connected components by Tarjan's algorithm, with its own stack instead of recursion, since
/// a program may have a million slots. A call is a step to the next slot; one that calls back is also a step to itself, where the callback returns to.
/// </summary>
internal sealed class LoopComponents
{
    private readonly ImmutableArray<Instruction> _code;
    private readonly ProgramStructure _structure;
    private readonly int[] _order;
    private readonly int[] _low;
    private readonly byte[] _edge;
    private readonly bool[] _isOpen;
    private readonly int[] _component;
    private readonly Stack<int> _path = new();
    private readonly Stack<int> _open = new();
    private int _entered;
    private int _found;

    private LoopComponents(ImmutableArray<Instruction> code, ProgramStructure structure)
    {
        _code = code;
        _structure = structure;
        _order = new int[code.Length];
        _low = new int[code.Length];
        _edge = new byte[code.Length];
        _isOpen = new bool[code.Length];
        _component = new int[code.Length];
    }

    /// <summary>Finds the cycles.</summary>
    /// <returns>Per slot the number of its component, from 1; 0 for a slot that is on no cycle.</returns>
    public static int[] Find(ImmutableArray<Instruction> code, ProgramStructure structure)
    {
        LoopComponents search = new(code, structure);
        for (int i = 0; i < code.Length; i += code[i].SlotCount)
        {
            if (search._order[i] == 0)
            {
                search.Visit(i);
            }
        }

        return search._component;
    }

    private void Visit(int root)
    {
        Enter(root);
        while (_path.TryPeek(out int slot))
        {
            if (TryGetNext(slot, out int next))
            {
                if (_order[next] == 0)
                {
                    Enter(next);
                }
                else if (_isOpen[next])
                {
                    _low[slot] = Math.Min(_low[slot], _order[next]);
                }
            }
            else
            {
                Leave(slot);
            }
        }
    }

    private void Enter(int slot)
    {
        _order[slot] = _low[slot] = ++_entered;
        _isOpen[slot] = true;
        _open.Push(slot);
        _path.Push(slot);
    }

    private void Leave(int slot)
    {
        _ = _path.Pop();
        if (_path.TryPeek(out int before))
        {
            _low[before] = Math.Min(_low[before], _low[slot]);
        }

        if (_low[slot] != _order[slot])
        {
            return;
        }

        int number = _open.Peek() != slot || IsOwnSuccessor(slot) ? ++_found : 0;
        int member;
        do
        {
            member = _open.Pop();
            _isOpen[member] = false;
            _component[member] = number;
        }
        while (member != slot);
    }

    /// <summary>The next edge out of a slot that hasn't been followed yet.</summary>
    private bool TryGetNext(int slot, out int next)
    {
        Instruction instruction = _code[slot];
        next = -1;
        while (next < 0 && _edge[slot] < 2)
        {
            next = _edge[slot]++ switch
            {
                0 when !instruction.IsExit && !instruction.IsUnconditionalJump && slot + instruction.SlotCount < _code.Length => slot + instruction.SlotCount,
                1 when !instruction.IsLocalCall => instruction.JumpTarget(slot) ?? -1,
                _ => -1,
            };
        }

        return next >= 0;
    }

    private bool IsOwnSuccessor(int slot) =>
        _structure.CallsCallback[slot] || (!_code[slot].IsLocalCall && _code[slot].JumpTarget(slot) == slot);
}
