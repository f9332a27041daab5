using System.Collections.Concurrent;
using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Verifier;

namespace Holdfast.Userspace.Maps.Inner;

/// <summary>
/// The inner maps of one map of maps that this process has opened: at the first lookup each is mapped and its shape compared with what programs
/// were verified with, once, since an id never stands for another map. Maps that were replaced are let go of when no running program may
/// still use them.
/// </summary>
internal sealed class InnerMapCache(EngineState engine, MapDescription template, Func<HashSet<uint>?> readIds) : IDisposable
{
    private const int SmallestLimit = 64;

    private readonly Lock _lock = new();
    private readonly ConcurrentQueue<InnerMap.Share> _gone = new();
    private readonly HashSet<InnerMap.Share> _shares = [];
    private volatile Dictionary<uint, InnerMap> _table = [];
    private int _limit = SmallestLimit;
    private bool _disposed;

    /// <summary>Maps in use by this process through the outer map.</summary>
    public int OpenMaps
    {
        get
        {
            lock (_lock)
            {
                GiveBack();
                return _shares.Count;
            }
        }
    }

    /// <summary>What stands for an inner map in registers, for as long as the run lasts.</summary>
    /// <param name="context">The run.</param>
    /// <param name="id">The map's id.</param>
    /// <returns>The handle, or 0 if programs can't have it.</returns>
    public ulong Resolve(RunContext context, uint id)
    {
        // The table is never changed once it is here, only replaced.
        Dictionary<uint, InnerMap> table = _table;
        if (!table.TryGetValue(id, out InnerMap? map))
            map = Open(id, out table);
        context.Hold(table);
        return map.Handle;
    }

    /// <summary>Gives all maps back. The last program that may run through the outer map is gone.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _table = [];
            foreach (InnerMap.Share share in _shares)
                share.Map.RemoveUser();
            _shares.Clear();
        }
    }

    private InnerMap Open(uint id, out Dictionary<uint, InnerMap> table)
    {
        lock (_lock)
        {
            GiveBack();
            table = _table;
            if (table.TryGetValue(id, out InnerMap? known))
                return known;
            Dictionary<uint, InnerMap> larger = _table.Count < _limit ? new(_table) : WithoutReplaced();
            InnerMap opened = larger[id] = Open(id);
            _table = table = larger;
            return opened;
        }
    }

    /// <summary>What can't be used here is as good as absent. Another process may have written any id.</summary>
    private InnerMap Open(uint id)
    {
        if (_disposed || !engine.Maps.TryShareById(id, out MapInstance? map, out StorageError? _))
            return new InnerMap(null, 0, null);
        bool writable = map.IsWritable || (template.Flags & MapFlags.ReadOnlyProgram) != 0;
        if (!writable || !InnerMapRules.Fits(template, map.Description, engine.Requests.KernelTypes))
        {
            map.RemoveUser();
            return new InnerMap(null, 0, null);
        }

        InnerMap.Share share = new(map, _gone);
        _shares.Add(share);
        RuntimeMap runtime = map.RuntimeFor(map.Description);
        return new InnerMap(share, runtime.Handle, runtime);
    }

    /// <summary>The table as far as the outer map still holds its maps.</summary>
    private Dictionary<uint, InnerMap> WithoutReplaced()
    {
        HashSet<uint>? held = readIds();
        Dictionary<uint, InnerMap> kept = held is null ? new(_table) : new(_table.Where(entry => held.Contains(entry.Key)));
        _limit = Math.Max(SmallestLimit, kept.Count * 2);
        return kept;
    }

    private void GiveBack()
    {
        while (_gone.TryDequeue(out InnerMap.Share? share))
        {
            if (_shares.Remove(share))
                share.Map.RemoveUser();
        }
    }
}
