namespace Holdfast.Isa.Abi;

/// <summary>An engine whose maps may count against the process's limit of locked memory (RLIMIT_MEMLOCK).</summary>
public interface IMemlockEngine
{
    /// <summary>Whether they do.</summary>
    bool CountsMemlock { get; }

    /// <summary>Lifts the limit of this process, if maps count against it.</summary>
    /// <param name="note">What was changed, or why it could not be, in one line; null if there was nothing to do.</param>
    /// <returns>Zero, or the negated <see cref="Errno"/>.</returns>
    int RaiseMemlock(out string? note);
}
