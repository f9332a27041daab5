namespace Holdfast.Execution.Interpreter;

/// <summary>The memory that one instrumented run knows.</summary>
internal sealed class CheckedRun
{
    private readonly List<(ulong Start, int Length)> _frames = [];
    private readonly HashSet<(ulong Start, int Length)> _values = [];

    /// <summary>A run begins.</summary>
    /// <param name="program">Its program.</param>
    public void Reset(LinkedProgram program)
    {
        _frames.Clear();
        _values.Clear();
        AddDirectValues(program);
    }

    /// <summary>A function is entered.</summary>
    /// <param name="start">Lowest address of its stack.</param>
    /// <param name="length">Bytes.</param>
    public void Push(ulong start, int length) => _frames.Add((start, length));

    /// <summary>A function is left.</summary>
    public void Pop() => _frames.RemoveAt(_frames.Count - 1);

    /// <summary>A lookup returned a value.</summary>
    /// <param name="start">Its address.</param>
    /// <param name="length">Bytes.</param>
    public void AddValue(ulong start, int length) => _values.Add((start, length));

    /// <summary>Throws unless an access is allowed.</summary>
    /// <param name="context">The running thread's context.</param>
    /// <param name="slot">The instruction.</param>
    /// <param name="address">The address.</param>
    /// <param name="size">Bytes.</param>
    /// <param name="write">Whether it writes.</param>
    public void Require(RunContext context, int slot, ulong address, int size, bool write)
    {
        if (!Any(_frames, address, size) && !Any(_values, address, size) && context.Memory?.Allows(address, size, write) != true)
        {
            throw new MemoryViolationException(slot, address, size, write);
        }
    }

    /// <summary>Values that a program reaches by <c>lddw</c>.</summary>
    /// <param name="program">The program.</param>
    public unsafe void AddDirectValues(LinkedProgram program)
    {
        foreach (RuntimeMap map in program.Maps)
        {
            if (map.ValueBase != null)
            {
                AddValue((ulong)map.ValueBase, (int)map.Description.ValueSize);
            }
        }
    }

    private static bool Any(IEnumerable<(ulong Start, int Length)> ranges, ulong address, int size) =>
        ranges.Any(r => address >= r.Start && address - r.Start <= (ulong)r.Length && (ulong)r.Length - (address - r.Start) >= (ulong)size);
}
