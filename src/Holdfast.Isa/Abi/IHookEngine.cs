namespace Holdfast.Isa.Abi;

/// <summary>
/// An engine with hooks of its own: places that host processes run programs at. All else is bpf(2): BPF_LINK_CREATE takes a hook's descriptor
/// as <c>target_fd</c>, BPF_PROG_QUERY tells its programs, BPF_PROG_TEST_RUN with a hook's descriptor runs them, BPF_OBJ_GET_INFO_BY_FD fills
/// <see cref="HookInfo"/>, and names are BPF_OBJ_PIN's and BPF_OBJ_GET's.
/// </summary>
public interface IHookEngine
{
    /// <summary>Makes a hook.</summary>
    /// <param name="attribute">What for.</param>
    /// <returns>A descriptor, or the negated <see cref="Errno"/>.</returns>
    int CreateHook(in HookAttribute attribute);

    /// <summary>Finds the hook with the least id above one, as BPF_MAP_GET_NEXT_ID.</summary>
    /// <param name="start">The id to go on from, 0 for the first.</param>
    /// <param name="next">The next id.</param>
    /// <returns>Zero, or the negated <see cref="Errno"/> (<see cref="Errno.ENOENT"/>: there is none).</returns>
    int HookNextId(uint start, out uint next);

    /// <summary>Opens a hook by id, as BPF_MAP_GET_FD_BY_ID.</summary>
    /// <param name="id">The id.</param>
    /// <returns>A descriptor, or the negated <see cref="Errno"/> (<see cref="Errno.ENOENT"/>: no such id).</returns>
    int HookById(uint id);
}
