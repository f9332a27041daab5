using Holdfast.Execution;

namespace Holdfast.Userspace.Helpers;

/// <summary>A map that <c>bpf_for_each_map_elem</c> can walk; plain arrays need not say so.</summary>
public interface IVisitableMap
{
    /// <summary>
    /// Calls a function with (map handle, address of a key, address of its value, <paramref name="callbackContext"/>) for each
    /// element until it returns other than 0. The program may change the map meanwhile.
    /// </summary>
    /// <param name="context">The running thread's context.</param>
    /// <param name="function">The function.</param>
    /// <param name="callbackContext">Its fourth argument.</param>
    /// <returns>Number of elements visited.</returns>
    ulong Visit(RunContext context, CallbackEntry function, ulong callbackContext);
}
