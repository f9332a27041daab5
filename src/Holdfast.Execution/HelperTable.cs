using System.Collections.Immutable;
using Holdfast.Isa.Abi;

namespace Holdfast.Execution;

/// <summary>
/// Helper functions by number: pointers to static methods <c>ulong (RunContext, ulong r1, …, ulong r5)</c>. Arguments that the
/// helper's prototype lacks hold anything. Helpers allocate nothing and throw nothing but <see cref="RunContext.Unwind"/>.
/// Immutable; hosts add their own under numbers of their own.
/// </summary>
public sealed unsafe class HelperTable
{
    private readonly ImmutableDictionary<HelperId, nint> _functions;

    private HelperTable(ImmutableDictionary<HelperId, nint> functions)
    {
        _functions = functions;
    }

    /// <summary>No helpers.</summary>
    public static HelperTable Empty { get; } = new([]);

    /// <summary>The helpers that are maps' own methods (<see cref="MapHelpers"/>); the JIT inlines what it can of these.</summary>
    public static HelperTable Maps { get; } = MapHelpers.AddTo(Empty);

    /// <summary>The numbers that have a function.</summary>
    public IEnumerable<HelperId> Helpers => _functions.Keys;

    /// <summary>A table with one more, or another, function.</summary>
    /// <param name="helper">The number.</param>
    /// <param name="function">Pointer to a static method.</param>
    /// <returns>The new table.</returns>
    public HelperTable With(HelperId helper, delegate* managed<RunContext, ulong, ulong, ulong, ulong, ulong, ulong> function) =>
        new(_functions.SetItem(helper, (nint)function));

    /// <summary>A table with everything of another one added, which wins.</summary>
    /// <param name="other">The other table.</param>
    /// <returns>The new table.</returns>
    public HelperTable With(HelperTable other) => new(_functions.SetItems(other._functions));

    /// <summary>Finds a function.</summary>
    /// <param name="helper">The number.</param>
    /// <returns>The pointer, or null if absent.</returns>
    public delegate* managed<RunContext, ulong, ulong, ulong, ulong, ulong, ulong> Find(HelperId helper) =>
        (delegate* managed<RunContext, ulong, ulong, ulong, ulong, ulong, ulong>)_functions.GetValueOrDefault(helper);
}
