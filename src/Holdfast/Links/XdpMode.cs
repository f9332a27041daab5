namespace Holdfast;

/// <summary>Where an interface runs an XDP program.</summary>
public enum XdpMode
{
    /// <summary>In the driver if it can, else in the network stack.</summary>
    Any = 0,

    /// <summary><c>XDP_FLAGS_SKB_MODE</c>: in the network stack, whatever the driver.</summary>
    Generic = 2,

    /// <summary><c>XDP_FLAGS_DRV_MODE</c>: in the driver, or not at all.</summary>
    Driver = 4,

    /// <summary><c>XDP_FLAGS_HW_MODE</c>: in the network card.</summary>
    Hardware = 8,
}
