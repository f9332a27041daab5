namespace Holdfast.Objects;

/// <summary>Whether a map is shared by a pin (<c>enum libbpf_pin_type</c>).</summary>
public enum MapPinning
{
    /// <summary><c>LIBBPF_PIN_NONE</c></summary>
    None = 0,

    /// <summary><c>LIBBPF_PIN_BY_NAME</c>: reused from, else pinned to, the map's name in the pin directory.</summary>
    ByName = 1,
}
