namespace Holdfast.Btf.Relocation;

/// <summary>How a relocation came out.</summary>
public enum CoreOutcome
{
    /// <summary>The target answers it.</summary>
    Resolved,

    /// <summary>The target has no such type, field or enumerator: the instruction must not be reached.</summary>
    Unsatisfied,

    /// <summary>The record makes no sense, or the target answers in more than one way: the object can't be loaded.</summary>
    Failed,
}
