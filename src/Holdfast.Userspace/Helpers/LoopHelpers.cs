using Holdfast.Execution;
using Holdfast.Isa.Abi;

namespace Holdfast.Userspace.Helpers;

/// <summary>Helpers that call the program back (kernel/bpf/bpf_iter.c, kernel/bpf/arraymap.c, kernel/bpf/hashtab.c).</summary>
internal static unsafe class LoopHelpers
{
    private const uint MostLoops = 8 << 20;

    /// <summary><c>bpf_loop(nr_loops, callback_fn, callback_ctx, flags)</c>: the number of calls made.</summary>
    public static ulong Loop(RunContext context, ulong count, ulong callback, ulong callbackContext, ulong flags, ulong r5)
    {
        if (flags != 0 || (uint)count > MostLoops)
        {
            return flags != 0 ? HelperError.InvalidArgument : HelperError.TooBig;
        }

        CallbackEntry function = RunContext.ResolveCallback(callback);
        for (uint i = 0; i < (uint)count; i++)
        {
            if (function(context, i, callbackContext, 0, 0, 0) != 0)
            {
                return i + 1;
            }
        }

        return (uint)count;
    }

    /// <summary><c>bpf_for_each_map_elem(map, callback_fn, callback_ctx, flags)</c>: the number of elements visited.</summary>
    public static ulong ForEach(RunContext context, ulong map, ulong callback, ulong callbackContext, ulong flags, ulong r5)
    {
        if (flags != 0 || RuntimeMap.FromHandle(map) is not { } found)
        {
            return HelperError.InvalidArgument;
        }

        CallbackEntry function = RunContext.ResolveCallback(callback);
        return found is IVisitableMap visitable ? visitable.Visit(context, function, callbackContext)
            : found.Description.Type == MapType.Array ? VisitArray(context, found, found.Description.MaxEntries, function, callbackContext)
            : HelperError.InvalidArgument;
    }

    internal static ulong VisitArray(RunContext context, RuntimeMap map, uint count, CallbackEntry function, ulong callbackContext)
    {
        ulong visited = 0;
        for (uint index = 0; index < count; index++)
        {
            uint key = index;
            ulong value = map.Lookup(context, (byte*)&key);
            visited++;
            if (value != 0 && function(context, map.Handle, (ulong)&key, value, callbackContext, 0) != 0)
            {
                break;
            }
        }

        return visited;
    }

    public static HelperTable AddTo(HelperTable table) => table
        .With(HelperId.Loop, &Loop)
        .With(HelperId.ForEachMapElem, &ForEach);
}
