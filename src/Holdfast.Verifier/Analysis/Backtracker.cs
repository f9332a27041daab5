namespace Holdfast.Verifier.Analysis;

/// <summary>The registers and stack slots whose numbers must be precise, per frame, while going back (<c>struct backtrack_state</c>).</summary>
internal sealed class Backtracker
{
    private const int Frames = 8;

    private readonly int[] _registers = new int[Frames];
    private readonly ulong[] _slots = new ulong[Frames];

    public int Frame { get; private set; }

    public int Registers => _registers[Frame];

    public ulong Slots => _slots[Frame];

    public bool IsEmpty
    {
        get
        {
            for (int i = 0; i <= Frame; i++)
            {
                if (_registers[i] != 0 || _slots[i] != 0)
                {
                    return false;
                }
            }

            return true;
        }
    }

    public void Reset(int frame)
    {
        Array.Clear(_registers);
        Array.Clear(_slots);
        Frame = frame;
    }

    public int RegistersOf(int frame) => _registers[frame];

    public ulong SlotsOf(int frame) => _slots[frame];

    public bool HasRegister(int register) => (_registers[Frame] & (1 << register)) != 0;

    public void SetRegister(int register) => SetRegister(Frame, register);

    public void SetRegister(int frame, int register) => _registers[frame] |= 1 << register;

    public void ClearRegister(int register) => ClearRegister(Frame, register);

    public void ClearRegister(int frame, int register) => _registers[frame] &= ~(1 << register);

    public bool HasSlot(int frame, int slot) => (_slots[frame] & (1UL << slot)) != 0;

    public void SetSlot(int frame, int slot) => _slots[frame] |= 1UL << slot;

    public void ClearSlot(int frame, int slot) => _slots[frame] &= ~(1UL << slot);

    public bool Leave()
    {
        if (Frame == 0)
        {
            return false;
        }

        Frame--;
        return true;
    }

    public bool Enter()
    {
        if (Frame + 1 >= Frames)
        {
            return false;
        }

        Frame++;
        return true;
    }
}
