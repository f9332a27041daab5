using Holdfast.Isa.Abi;

namespace Holdfast.Execution;

/// <summary>
/// Helper functions by number: pointers to static methods <c>ulong (RunContext, ulong r1, …, ulong r5)</c>. Arguments that the
/// helper's prototype lacks hold anything. Helpers allocate nothing and throw nothing but <see cref="RunContext.Unwind"/>.
/// Immutable; hosts add their own under numbers of their own.
/// </summary>
public sealed unsafe class HelperTable
{
    // Sorted by number. Arrays of plain numbers: a dictionary of them would be compiled at first use, before the first program runs.
    private readonly int[] _numbers;
    private readonly nint[] _functions;

    private HelperTable(int[] numbers, nint[] functions)
    {
        _numbers = numbers;
        _functions = functions;
    }

    /// <summary>No helpers.</summary>
    public static HelperTable Empty { get; } = new([], []);

    /// <summary>The helpers that are maps' own methods (<see cref="MapHelpers"/>); the JIT inlines what it can of these.</summary>
    public static HelperTable Maps { get; } = MapHelpers.AddTo(Empty);

    /// <summary>The numbers that have a function.</summary>
    public IEnumerable<HelperId> Helpers => Array.ConvertAll(_numbers, static number => (HelperId)number);

    /// <summary>A table with one more, or another, function.</summary>
    /// <param name="helper">The number.</param>
    /// <param name="function">Pointer to a static method.</param>
    /// <returns>The new table.</returns>
    public HelperTable With(HelperId helper, delegate* managed<RunContext, ulong, ulong, ulong, ulong, ulong, ulong> function) =>
        With((int)helper, (nint)function);

    /// <summary>A table with everything of another one added, which wins.</summary>
    /// <param name="other">The other table.</param>
    /// <returns>The new table.</returns>
    public HelperTable With(HelperTable other)
    {
        HelperTable table = this;
        for (int i = 0; i < other._numbers.Length; i++)
        {
            table = table.With(other._numbers[i], other._functions[i]);
        }

        return table;
    }

    /// <summary>Finds a function.</summary>
    /// <param name="helper">The number.</param>
    /// <returns>The pointer, or null if absent.</returns>
    public delegate* managed<RunContext, ulong, ulong, ulong, ulong, ulong, ulong> Find(HelperId helper)
    {
        int place = Array.BinarySearch(_numbers, (int)helper);
        return (delegate* managed<RunContext, ulong, ulong, ulong, ulong, ulong, ulong>)(place >= 0 ? _functions[place] : 0);
    }

    private HelperTable With(int number, nint function)
    {
        int place = Array.BinarySearch(_numbers, number);
        if (place >= 0)
        {
            nint[] replaced = [.. _functions];
            replaced[place] = function;
            return new(_numbers, replaced);
        }

        place = ~place;
        return new([.. _numbers[..place], number, .. _numbers[place..]], [.. _functions[..place], function, .. _functions[place..]]);
    }
}
