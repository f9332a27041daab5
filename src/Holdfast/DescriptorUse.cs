using System.Runtime.InteropServices;

namespace Holdfast;

/// <summary>Keeps a handle open while its descriptor is used.</summary>
internal readonly ref struct DescriptorUse
{
    private readonly SafeHandle _handle;

    public DescriptorUse(SafeHandle handle)
    {
        bool added = false;
        handle.DangerousAddRef(ref added);
        _handle = handle;
    }

    /// <summary>The descriptor.</summary>
    public int Descriptor => (int)_handle.DangerousGetHandle();

    /// <summary>Ends the use.</summary>
    public void Dispose() => _handle.DangerousRelease();
}
