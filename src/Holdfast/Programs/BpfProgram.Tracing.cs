using Holdfast.Isa.Abi;

namespace Holdfast;

/// <content>Attaching to the kernel's and other programs' code.</content>
public sealed partial class BpfProgram
{
    /// <summary>Attaches to a tracepoint with its raw arguments.</summary>
    /// <param name="name">The tracepoint, without category, e.g. <c>sys_enter</c>.</param>
    /// <param name="cookie">Value that the program can ask for (Linux 6.10).</param>
    /// <returns>The link.</returns>
    /// <exception cref="BpfException">ENOENT: no such tracepoint; EINVAL: the program's type doesn't fit.</exception>
    public BpfLink AttachRawTracepoint(string name, ulong cookie = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Attachments.Require(Engine);
        return Attachments.Link(Engine, Engine.RawTracepointOpen(name, Descriptor, cookie), $"attach '{Name}' to raw tracepoint {name}");
    }

    /// <summary>Attaches to a tracepoint (Linux 5.15).</summary>
    /// <param name="category">Its category, e.g. <c>syscalls</c>.</param>
    /// <param name="name">Its name, e.g. <c>sys_enter_getpid</c>.</param>
    /// <param name="cookie">Value that the program can ask for.</param>
    /// <returns>The link.</returns>
    /// <exception cref="BpfException">ENOENT: no such tracepoint, or no tracefs to find it in; EINVAL: the program's type doesn't fit.</exception>
    public BpfLink AttachTracepoint(string category, string name, ulong cookie = 0) => OnEvent(
        Attachments.Require(Engine).OpenTracepoint(category, name), $"attach '{Name}' to tracepoint {category}/{name}", cookie);

    /// <summary>Attaches to a function of the kernel (Linux 5.15, CONFIG_KPROBE_EVENTS).</summary>
    /// <param name="function">The function.</param>
    /// <param name="onReturn">Whether the program runs when the function returns, instead of when it is called.</param>
    /// <param name="offset">Bytes from the function's beginning.</param>
    /// <param name="cookie">Value that the program can ask for.</param>
    /// <returns>The link.</returns>
    /// <exception cref="BpfException">ENOENT: no such function; EOPNOTSUPP: the kernel has no kprobe events.</exception>
    public BpfLink AttachKprobe(string function, bool onReturn = false, ulong offset = 0, ulong cookie = 0) => OnEvent(
        Attachments.Require(Engine).OpenProbe(new ProbePoint(function, offset, OnReturn: onReturn)), $"attach '{Name}' to kernel function {function}", cookie);

    /// <summary>Attaches to a place in an executable file or library (Linux 5.15, CONFIG_UPROBE_EVENTS).</summary>
    /// <param name="file">The file.</param>
    /// <param name="offset">Offset of the instruction in the file.</param>
    /// <param name="onReturn">Whether the program runs when the function that begins there returns.</param>
    /// <param name="process">The process to probe, -1 for all that run the file.</param>
    /// <param name="cookie">Value that the program can ask for.</param>
    /// <returns>The link.</returns>
    /// <exception cref="BpfException">ENOENT: no such file; EINVAL: no such offset; EOPNOTSUPP: the kernel has no uprobe events.</exception>
    public BpfLink AttachUprobe(string file, ulong offset, bool onReturn = false, int process = -1, ulong cookie = 0) => OnEvent(
        Attachments.Require(Engine).OpenProbe(new ProbePoint(file, offset, InFile: true, OnReturn: onReturn, Process: process)), $"attach '{Name}' to {file}+0x{offset:x}", cookie);

    /// <summary>Attaches to what the program was loaded for: a function (<c>fentry</c>, <c>fexit</c>, <c>fmod_ret</c>, <c>freplace</c>), a security hook (<c>lsm</c>), a typed tracepoint (<c>tp_btf</c>).</summary>
    /// <param name="cookie">Value that the program can ask for.</param>
    /// <returns>The link.</returns>
    /// <exception cref="BpfException">EINVAL: the program's type has no target of its own; EBUSY: another program may not share it.</exception>
    public BpfLink AttachTracing(ulong cookie = 0)
    {
        Attachments.Require(Engine);
        string what = $"attach '{Name}' to what it was loaded for";

        // Without a name this command takes the target from the program, on every kernel since 5.5; a cookie needs BPF_LINK_CREATE (5.19).
        int result = cookie == 0 || Spec is null ? Engine.RawTracepointOpen("", Descriptor, cookie) : Engine.LinkCreateTracing(Descriptor, Spec.ExpectedAttachType, cookie: cookie);
        return Attachments.Link(Engine, result, what);
    }

    /// <summary>Attaches an iterator; <see cref="BpfLink.OpenIterator"/> runs it.</summary>
    /// <param name="target">What it goes over; null for all there is.</param>
    /// <returns>The link.</returns>
    /// <exception cref="BpfException">EINVAL: the program is no iterator, or wants another target.</exception>
    public BpfLink AttachIterator(IteratorTarget? target = null)
    {
        Attachments.Require(Engine);
        int result = Engine.LinkCreateIterator(Descriptor, target is null ? [] : target.Information);
        return Attachments.Link(Engine, result, $"attach iterator '{Name}'");
    }

    private BpfLink OnEvent(int opened, string what, ulong cookie) =>
        Attachments.LinkOn(Engine, opened, what, target => Engine.LinkCreatePerfEvent(Descriptor, target, cookie));
}
