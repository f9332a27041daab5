namespace Holdfast.Verifier.Prototypes;

/// <summary>What BTF does not say of a kfunc (the kernel's <c>KF_*</c> flags).</summary>
[Flags]
public enum KfuncTraits
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The result is a reference that must be released (<c>KF_ACQUIRE</c>).</summary>
    Acquires = 1 << 0,

    /// <summary>An argument's reference is released (<c>KF_RELEASE</c>).</summary>
    Releases = 1 << 1,

    /// <summary>The result may be null (<c>KF_RET_NULL</c>).</summary>
    MaybeNull = 1 << 2,

    /// <summary>Pointers must be trusted and not null (<c>KF_TRUSTED_ARGS</c>).</summary>
    TrustedArguments = 1 << 3,

    /// <summary>It may sleep (<c>KF_SLEEPABLE</c>).</summary>
    Sleeps = 1 << 4,

    /// <summary>It needs CAP_SYS_BOOT (<c>KF_DESTRUCTIVE</c>).</summary>
    Destructive = 1 << 5,

    /// <summary>Pointers may be protected by RCU instead of trusted (<c>KF_RCU</c>).</summary>
    Rcu = 1 << 6,

    /// <summary>It must be called in an RCU read-side section (<c>KF_RCU_PROTECTED</c>).</summary>
    RcuProtected = 1 << 7,

    /// <summary>It makes an iterator (<c>KF_ITER_NEW</c>).</summary>
    IteratorNew = 1 << 8,

    /// <summary>It steps an iterator (<c>KF_ITER_NEXT</c>).</summary>
    IteratorNext = 1 << 9,

    /// <summary>It ends an iterator (<c>KF_ITER_DESTROY</c>).</summary>
    IteratorDestroy = 1 << 10,
}
