namespace Holdfast.Isa.Abi;

/// <summary>Flags of BPF_PROG_LOAD.</summary>
[Flags]
public enum ProgramFlags : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary><c>BPF_F_STRICT_ALIGNMENT</c></summary>
    StrictAlignment = 1u << 0,

    /// <summary><c>BPF_F_ANY_ALIGNMENT</c></summary>
    AnyAlignment = 1u << 1,

    /// <summary><c>BPF_F_TEST_RND_HI32</c></summary>
    TestRandomHigh32 = 1u << 2,

    /// <summary><c>BPF_F_TEST_STATE_FREQ</c></summary>
    TestStateFrequency = 1u << 3,

    /// <summary><c>BPF_F_SLEEPABLE</c></summary>
    Sleepable = 1u << 4,

    /// <summary><c>BPF_F_XDP_HAS_FRAGS</c></summary>
    XdpHasFragments = 1u << 5,

    /// <summary><c>BPF_F_XDP_DEV_BOUND_ONLY</c></summary>
    XdpDevBoundOnly = 1u << 6,

    /// <summary><c>BPF_F_TEST_REG_INVARIANTS</c></summary>
    TestRegisterInvariants = 1u << 7,

    /// <summary><c>BPF_F_TOKEN_FD</c></summary>
    TokenFd = 1u << 16,
}
