using Holdfast.Isa.Abi;

namespace Holdfast.Storage;

/// <summary>Why a storage operation did not happen: the number that bpf(2) would answer, and one line that names the thing and the remedy.</summary>
/// <param name="Errno">The error number.</param>
/// <param name="Message">One line, without a full stop: what, where, and what to do about it.</param>
public sealed record StorageError(Errno Errno, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Message} ({Errno})";
}
