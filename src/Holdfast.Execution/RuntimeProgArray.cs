using Holdfast.Verifier;

namespace Holdfast.Execution;

/// <summary>A prog array (<c>BPF_MAP_TYPE_PROG_ARRAY</c>): where tail calls go. It may change while programs run.</summary>
public abstract class RuntimeProgArray : RuntimeMap
{
    /// <summary>Registers the map.</summary>
    /// <param name="description">The description that the program was verified with.</param>
    protected RuntimeProgArray(MapDescription description)
        : base(description)
    {
    }

    /// <summary>
    /// The program in an entry, read atomically. Preparing a program that another process put there is the implementation's to do
    /// at first use (the only allocation on a run path).
    /// </summary>
    /// <param name="index">Any index.</param>
    /// <returns>The program, or <see langword="null"/> if the index is out of range or the entry empty.</returns>
    public abstract ExecutableProgram? Resolve(uint index);

    /// <inheritdoc/>
    public override unsafe ulong Lookup(RunContext context, byte* key) => 0;
}
