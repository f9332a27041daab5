namespace Holdfast.Isa.Instructions;

/// <summary>What the constant of a <c>lddw</c> is: its source field, RFC 9669 section 5.4.</summary>
public enum PseudoLoad : byte
{
    /// <summary>A 64-bit constant.</summary>
    Constant = 0,

    /// <summary><c>BPF_PSEUDO_MAP_FD</c>: the map behind a descriptor.</summary>
    MapFd = 1,

    /// <summary><c>BPF_PSEUDO_MAP_VALUE</c>: an address in the first value of the map behind a descriptor; the second slot holds the offset.</summary>
    MapValue = 2,

    /// <summary><c>BPF_PSEUDO_BTF_ID</c>: a kernel variable by BTF id; the second slot holds the BTF descriptor.</summary>
    BtfId = 3,

    /// <summary><c>BPF_PSEUDO_FUNC</c>: a function of this program, as for a local call.</summary>
    Function = 4,

    /// <summary><c>BPF_PSEUDO_MAP_IDX</c>: as <see cref="MapFd"/>, by index into the descriptor array.</summary>
    MapIndex = 5,

    /// <summary><c>BPF_PSEUDO_MAP_IDX_VALUE</c>: as <see cref="MapValue"/>, by index into the descriptor array.</summary>
    MapIndexValue = 6,
}
