using Holdfast.Execution;

namespace Holdfast.Userspace.Maps.Inner;

/// <summary>
/// An inner map as programs use it. Tables hold it, and a running program its table; when nobody does any more the garbage collector says so,
/// and the share is given back.
/// </summary>
internal sealed class InnerMap(InnerMap.Share? share, ulong handle, RuntimeMap? runtime)
{
    /// <summary>Notes that nobody uses the map any more.</summary>
    ~InnerMap() => share?.Gone();

    /// <summary>What stands for the map in registers; 0 for one that programs can't have.</summary>
    public ulong Handle { get; } = handle;

    /// <summary>Kept alive because registers name it by number only.</summary>
    public RuntimeMap? Runtime { get; } = runtime;

    /// <summary>A share of a map, given back by whoever drains <paramref name="gone"/>: a finalizer takes no locks.</summary>
    internal sealed class Share(MapInstance map, System.Collections.Concurrent.ConcurrentQueue<Share> gone)
    {
        /// <summary>The map.</summary>
        public MapInstance Map { get; } = map;

        /// <summary>Says that the share can be given back.</summary>
        public void Gone() => gone.Enqueue(this);
    }
}
