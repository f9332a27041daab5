namespace Holdfast.Isa.Abi;

/// <summary>
/// An engine with things to attach programs to. Links themselves are commands of bpf(2); this is what must be opened or asked by other
/// calls than bpf(2) first. All results are a descriptor or zero, or a negated <see cref="Errno"/> with its cause in
/// <see cref="IBpfEngine.LastFailure"/>.
/// </summary>
public interface IAttachmentEngine
{
    /// <summary>Opens a cgroup's directory or a network namespace's file.</summary>
    /// <param name="path">The path.</param>
    /// <returns>A descriptor for BPF_LINK_CREATE's <c>target_fd</c>.</returns>
    int OpenTarget(string path);

    /// <summary>Opens a tracepoint as an event that a program can be linked to.</summary>
    /// <param name="category">Category, e.g. <c>syscalls</c>.</param>
    /// <param name="name">Name, e.g. <c>sys_enter_getpid</c>.</param>
    /// <returns>A descriptor.</returns>
    int OpenTracepoint(string category, string name);

    /// <summary>Opens a probe of a function as an event that a program can be linked to.</summary>
    /// <param name="point">Where.</param>
    /// <returns>A descriptor.</returns>
    int OpenProbe(ProbePoint point);

    /// <summary>Makes a program the filter of a socket.</summary>
    /// <param name="program">The program's descriptor.</param>
    /// <param name="socket">The socket's descriptor.</param>
    /// <returns>Zero.</returns>
    int AttachSocket(int program, int socket);

    /// <summary>Takes the filter off a socket.</summary>
    /// <param name="socket">The socket's descriptor.</param>
    /// <returns>Zero.</returns>
    int DetachSocket(int socket);

    /// <summary>Puts a program into a new filter of an interface's traffic, or into the filter that priority and handle name.</summary>
    /// <param name="program">The program's descriptor.</param>
    /// <param name="filter">Where; priority and handle are filled in where they were zero.</param>
    /// <returns>Zero.</returns>
    int AttachFilter(int program, ref TrafficFilter filter);

    /// <summary>Removes a filter of an interface's traffic.</summary>
    /// <param name="filter">The filter.</param>
    /// <returns>Zero.</returns>
    int DetachFilter(TrafficFilter filter);
}
