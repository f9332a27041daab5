namespace Holdfast.Isa.Abi;

/// <summary>Flags of map updates and lookups.</summary>
[Flags]
public enum UpdateFlags : ulong
{
    /// <summary><c>BPF_ANY</c>: create or replace.</summary>
    Any = 0,

    /// <summary><c>BPF_NOEXIST</c>: only create.</summary>
    NoExist = 1,

    /// <summary><c>BPF_EXIST</c>: only replace.</summary>
    Exist = 2,

    /// <summary><c>BPF_F_LOCK</c>: hold the value's spin lock.</summary>
    Lock = 4,
}
