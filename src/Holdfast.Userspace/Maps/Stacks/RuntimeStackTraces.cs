using Holdfast.Execution;
using Holdfast.Storage.Maps.Stacks;
using Holdfast.Verifier;

namespace Holdfast.Userspace.Maps.Stacks;

/// <summary>A stack trace map as programs use it.</summary>
internal sealed unsafe class RuntimeStackTraces(MapDescription description, MapInstance owner, StackTraceMap stacks) : RuntimeMap(description)
{
    /// <summary>Frames that a stack may have.</summary>
    public int MaxDepth => stacks.MaxDepth;

    /// <inheritdoc/>
    public override ulong Lookup(RunContext context, byte* key) => 0;

    /// <summary>Notes a stack; its id or a negated error.</summary>
    public int Add(ReadOnlySpan<ulong> addresses, bool comparesHashes, bool replaces)
    {
        int result = stacks.Add(addresses, comparesHashes, replaces);
        GC.KeepAlive(owner);
        return result;
    }
}
