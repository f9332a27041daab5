using System.Diagnostics.CodeAnalysis;
using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Memory;

namespace Holdfast.Userspace.Objects;

/// <summary>
/// Type graphs by the id of their BTF object. One id is one graph: the verifier takes two maps to have the same types only if
/// their graphs are the same object.
/// </summary>
internal sealed class BtfCache(Store store)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<uint, WeakReference<BtfGraph>> _graphs = [];

    /// <summary>The graph of a BTF object.</summary>
    /// <param name="id">Its id; 0 stands for none.</param>
    /// <param name="graph">The graph, or <see langword="null"/> for id 0.</param>
    /// <param name="error">Why it couldn't be read.</param>
    /// <returns>Whether it could.</returns>
    public bool TryGet(uint id, out BtfGraph? graph, [NotNullWhen(false)] out StorageError? error)
    {
        graph = null;
        error = null;
        if (id == 0)
            return true;
        lock (_lock)
        {
            if (_graphs.TryGetValue(id, out WeakReference<BtfGraph>? known) && known.TryGetTarget(out graph))
                return true;
            if (!store.TryOpenById(new ObjectKey(ObjectKind.Btf, id), ObjectAccess.ReadOnly, out ObjectFile? file, out error))
                return false;
            using (file)
            {
                if (!file.TryReadSection(ObjectSectionKind.Btf, out byte[]? bytes, out error))
                    return false;
                if (!BtfGraph.TryRead(bytes, null, out graph, out _))
                {
                    error = new StorageError(Errno.EINVAL, $"BTF {id} is damaged; load its objects anew");
                    return false;
                }
            }

            _graphs[id] = new(graph!);
            return true;
        }
    }
}
