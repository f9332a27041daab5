using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>
/// A program in the <c>clsact</c> filters of an interface. The kernel has no link for it: the filter outlives this process unless it is
/// disposed or detached.
/// </summary>
public sealed class BpfTrafficFilter : IBpfAttachment
{
    private readonly IBpfEngine _engine;
    private readonly IAttachmentEngine _attachments;
    private TrafficFilter _filter;
    private bool _attached = true;

    internal BpfTrafficFilter(BpfProgram program, TrafficFilter filter)
    {
        _engine = program.Engine;
        _attachments = Attachments.Require(_engine);
        _filter = filter;
        Failure.Check(_engine, _attachments.AttachFilter(program.Handle.Descriptor, ref _filter), $"attach '{program.Name}' to interface {filter.InterfaceIndex}");
    }

    /// <summary>Where the filter is, with its priority and handle.</summary>
    public TrafficFilter Filter => _filter;

    /// <inheritdoc/>
    public void Update(BpfProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        ObjectDisposedException.ThrowIf(!_attached, this);
        Failure.Check(_engine, _attachments.AttachFilter(program.Handle.Descriptor, ref _filter), $"update of the filter on interface {_filter.InterfaceIndex}");
    }

    /// <inheritdoc/>
    public void Detach()
    {
        ObjectDisposedException.ThrowIf(!_attached, this);
        Failure.Check(_engine, _attachments.DetachFilter(_filter), $"removal of the filter on interface {_filter.InterfaceIndex}");
        _attached = false;
    }

    /// <summary>Removes the filter, if it is still there and its interface too.</summary>
    public void Dispose()
    {
        if (_attached)
            _ = _attachments.DetachFilter(_filter);
        _attached = false;
    }
}
