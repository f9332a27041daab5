using System.Diagnostics.CodeAnalysis;
using Holdfast.Storage;

namespace Holdfast.Userspace.Objects;

/// <summary>The objects in use by this process, one instance for each id.</summary>
internal sealed class ObjectRegistry<T>
    where T : EngineObject
{
    private readonly Lock _lock = new();
    private readonly Dictionary<uint, T> _objects = [];

    /// <summary>Opens an object.</summary>
    public delegate bool Opener(out T? opened, out StorageError? error);

    /// <summary>Takes a share of an object, opening it if nobody here has it.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="accepts">Whether an instance that is open will do (it may have been opened with less access).</param>
    /// <param name="open">Opens it.</param>
    /// <param name="shared">The object, with one share more.</param>
    /// <param name="error">Why it couldn't be opened.</param>
    /// <returns>Whether there is an object.</returns>
    public bool TryShare(
        uint id, Func<T, bool> accepts, Opener open, [NotNullWhen(true)] out T? shared, [NotNullWhen(false)] out StorageError? error)
    {
        lock (_lock)
        {
            error = null;
            if (_objects.TryGetValue(id, out shared) && accepts(shared) && shared.TryAddUser())
                return true;
            if (!open(out shared, out error) || shared is null)
            {
                error ??= new StorageError(Holdfast.Isa.Abi.Errno.EINVAL, $"object {id} can't be opened");
                return false;
            }

            shared.LastUserGone = Remove;
            _objects[id] = shared;
            return true;
        }
    }

    private void Remove(EngineObject gone)
    {
        lock (_lock)
        {
            // A newer instance of the same object may stand in its place by now.
            if (_objects.TryGetValue(gone.Key.Id, out T? current) && ReferenceEquals(current, gone))
                _objects.Remove(gone.Key.Id);
        }
    }
}
