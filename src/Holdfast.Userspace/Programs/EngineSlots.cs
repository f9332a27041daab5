using System.Diagnostics.CodeAnalysis;
using Holdfast.Execution;
using Holdfast.Storage;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Memory;

namespace Holdfast.Userspace.Programs;

/// <summary>The execution slots that this engine's runs take: opened for the first program that may need one.</summary>
internal sealed class EngineSlots(Store store) : IDisposable
{
    private readonly Lock _lock = new();
    private ExecutionSlots? _slots;

    /// <summary>The slots, for one more user who gives his share back.</summary>
    public bool TryShare([NotNullWhen(true)] out ExecutionSlots? slots, [NotNullWhen(false)] out StorageError? error)
    {
        lock (_lock)
        {
            error = null;
            if (_slots is null && !store.TryOpenSlots(out _slots, out error))
            {
                slots = null;
                return false;
            }

            slots = _slots;
            slots.AddUser();
            return true;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _slots?.RemoveUser();
            _slots = null;
        }
    }
}
