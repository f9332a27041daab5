namespace Holdfast.Execution;

/// <summary>The decision of <c>bpf_tail_call</c>, for both engines.</summary>
internal static class TailCalls
{
    /// <summary>Where a tail call goes (kernel: <c>bpf_prog_run</c>, <c>JMP_TAIL_CALL</c>).</summary>
    /// <param name="context">The running thread's context; counts the call and keeps the target alive.</param>
    /// <param name="map">r2: the prog array.</param>
    /// <param name="index">r3.</param>
    /// <returns>The target's entry, or <see langword="null"/> to go on with the next instruction.</returns>
    public static ProgramEntry? Resolve(RunContext context, ulong map, ulong index) =>
        RuntimeMap.FromHandle(map) is RuntimeProgArray array ? Resolve(context, array, index) : null;

    /// <summary>As above, with the array known.</summary>
    /// <param name="context">The running thread's context.</param>
    /// <param name="array">The prog array.</param>
    /// <param name="index">r3.</param>
    /// <returns>The target's entry, or <see langword="null"/>.</returns>
    public static ProgramEntry? Resolve(RunContext context, RuntimeProgArray array, ulong index)
    {
        if (context.TailCalls >= RunContext.MaximumTailCalls || array.Resolve((uint)index) is not { } target)
        {
            return null;
        }

        context.TailCalls++;
        context.CurrentProgram = target;
        return target.Entry;
    }
}
