namespace Holdfast.Isa.Abi;

/// <summary>Kinds of objects that a descriptor can refer to.</summary>
public enum ObjectKind : uint
{
    /// <summary>Not an object of the engine.</summary>
    None,

    /// <summary>A map.</summary>
    Map,

    /// <summary>A program.</summary>
    Program,

    /// <summary>A link.</summary>
    Link,

    /// <summary>A BTF blob.</summary>
    Btf,

    /// <summary>A hook: a place to attach programs to (userspace engine).</summary>
    Hook,
}
