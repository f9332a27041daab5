using Holdfast.Storage;

namespace Holdfast.Userspace.TestRuns;

/// <summary>Ends a test run of a hook whose programs can't be made ready to run; it doesn't leave the command.</summary>
/// <param name="error">Why.</param>
internal sealed class HookRunException(StorageError error) : Exception(error.Message)
{
    /// <summary>Why.</summary>
    public StorageError Error { get; } = error;
}
