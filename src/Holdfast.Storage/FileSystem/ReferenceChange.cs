using System.Diagnostics.CodeAnalysis;
using Holdfast.Isa.Abi;

namespace Holdfast.Storage.FileSystem;

/// <summary>
/// The time in which one object's references change: nobody else changes this object's, and no cycle is traced.
/// Add a reference before what it stands for is published (a prog array's slot, a link's program), remove one after.
/// Dispose it on the thread that began it, soon; don't nest two of one referrer.
/// </summary>
public sealed class ReferenceChange : IDisposable
{
    private readonly Store _store;
    private readonly ObjectKey _referrer;
    private readonly Stack<ObjectKey> _released = new();
    private bool _ended;

    private ReferenceChange(Store store, ObjectKey referrer)
    {
        _store = store;
        _referrer = referrer;
    }

    /// <summary>Refers to a further object. Referring twice is as once.</summary>
    /// <param name="target">The object, open.</param>
    /// <returns>Null, or why not: <c>EXDEV</c> for an object of another store, <c>EMLINK</c>, <c>ENOSPC</c>, …</returns>
    public StorageError? Add(ObjectFile target)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (!target.IsOf(_store))
            return ForeignTarget(_store, target.Key);
        int result = ReferenceNames.Add(_store, _referrer, target);
        return result < 0 ? StorageErrors.Call(result, $"refer from {_referrer} to {target.Key}") : null;
    }

    /// <summary>No longer refers to an object; call it when nothing in the referrer names the target any more.</summary>
    /// <param name="target">The object's key.</param>
    /// <returns>Null, or why not.</returns>
    public StorageError? Remove(ObjectKey target)
    {
        int result = ReferenceNames.Remove(_store, _referrer, target);
        if (result < 0)
            return StorageErrors.Call(result, $"drop the reference from {_referrer} to {target}");
        _released.Push(target);
        return null;
    }

    /// <summary>Ends the change, and frees what it released if nothing else refers to it.</summary>
    public void Dispose()
    {
        if (_ended)
            return;
        _ended = true;
        _store.References!.LeaveShared();
        _store.References.LeaveReferrer(_referrer);
        _store.Reclaimer.ExamineAll(_released);
    }

    internal static bool TryBegin(
        Store store,
        ObjectKey referrer,
        [NotNullWhen(true)] out ReferenceChange? change,
        [NotNullWhen(false)] out StorageError? error)
    {
        change = null;
        error = null;
        if (store.References is null)
        {
            error = StorageErrors.Of(store.WhyReadOnly!.Errno, $"cannot change references in {store.Path}: {store.WhyReadOnly.Message}");
            return false;
        }

        Errno errno = store.References.EnterReferrer(referrer);
        if (errno == Errno.None)
        {
            errno = store.References.EnterShared();
            if (errno != Errno.None)
                store.References.LeaveReferrer(referrer);
        }

        if (errno != Errno.None)
            error = StorageErrors.Call(-(int)errno, $"lock the store {store.Path}");
        else
            change = new ReferenceChange(store, referrer);
        return change is not null;
    }

    internal static StorageError ForeignTarget(Store store, ObjectKey target) =>
        StorageErrors.Of(Errno.EXDEV, $"{target.Kind} {target.Id} belongs to another store than {store.Path}; an object refers only within its store");
}
