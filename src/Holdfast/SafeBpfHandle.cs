using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>An open descriptor of an engine; disposing it drops the reference that it holds on its object.</summary>
public sealed class SafeBpfHandle : SafeHandle
{
    private readonly IBpfEngine _engine;

    internal SafeBpfHandle(IBpfEngine engine, int descriptor)
        : base(-1, ownsHandle: true)
    {
        _engine = engine;
        SetHandle(descriptor);
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle < 0;

    /// <summary>The descriptor's number, valid while the handle is open.</summary>
    public int Descriptor => IsClosed ? throw new ObjectDisposedException(nameof(SafeBpfHandle)) : (int)handle;

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => _engine.Close((int)handle) == 0;
}
