using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Tests.FileSystem.Lifetime;

/// <summary>A real process that makes, names, opens, passes on and drops objects at random, beside others that do the same in the same store.</summary>
internal sealed class RandomLife(Store store, int seed)
{
    private const int Names = 12;

    private static readonly Errno[] Races = [Errno.ENOENT, Errno.EEXIST];

    private readonly Random _random = new(seed);
    private readonly List<ObjectFile> _open = [];

    public void Step()
    {
        string name = $"{store.Bpffs.DefaultPath}/n{_random.Next(Names)}";
        switch (_random.Next(12))
        {
            case 0:
                Take(TemporaryStore.Create(store, TemporaryStore.Map()));
                break;
            case 1:
                Assert.True(Maps.TestMap.TryCreate(store, MapType.ProgArray, 4, 4, ReferenceModel.Slots, MapFlags.None, out ObjectFile? array, out _));
                Take(array!);
                break;
            case 2:
                Take(TemporaryStore.Create(store, TemporaryStore.Program([.. _open.Where(file => file.Key.Kind == ObjectKind.Map).Take(2)])));
                break;
            case 3 when Pick(_ => true) is { } file:
                Check(store.Bpffs.Pin(file, name));
                break;
            case 4 or 5:
                Check(store.Bpffs.TryOpenPinned(name, ObjectAccess.ReadWrite, out ObjectFile? pinned, out StorageError? error), pinned, error);
                break;
            case 6 when _random.Next(2) == 0 && Pick(_ => true) is { } file:
                Check(store.Bpffs.Replace(file, name));
                break;
            case 6:
                Check(store.Bpffs.Unpin(name));
                break;
            case 7 when Pick(_ => true) is { } file:
                _open.Remove(file);
                file.Dispose();
                break;
            case 8 or 9 when Pick(IsArray) is { } slots:
                ChangeSlot(slots);
                break;
            case 10:
                OpenAnyId();
                break;
            case 11 when _random.Next(8) == 0:
                Assert.Null(store.Collector.Collect(StoreContents.Read).WhyNot);
                break;
        }
    }

    private void Take(ObjectFile file)
    {
        _open.Add(file);
        if (_open.Count > 12)
        {
            _open[0].Dispose();
            _open.RemoveAt(0);
        }
    }

    private void OpenAnyId()
    {
        ObjectKind kind = _random.Next(2) == 0 ? ObjectKind.Map : ObjectKind.Program;
        IReadOnlyList<uint> ids = store.Ids(kind);
        if (ids.Count == 0)
            return;
        ObjectKey key = new(kind, ids[_random.Next(ids.Count)]);
        Check(store.TryOpenById(key, ObjectAccess.ReadWrite, out ObjectFile? file, out StorageError? error), file, error);
    }

    /// <summary>Who has an object open may rely on it: it isn't dead, it has its name in the store, and so has all that it refers to.</summary>
    private void Check(bool opened, ObjectFile? file, StorageError? error)
    {
        if (!opened)
        {
            Assert.Contains(error!.Errno, Races);
            return;
        }

        Assert.Equal(Errno.None, file!.TryRefresh(out ObjectHeader? header));
        Assert.False(header.IsDead);
        Assert.Equal(0, Posix.Stat(file.Descriptor, out FileStatus status));
        Assert.True(status.Links >= 1);
        if (file.Key.Kind == ObjectKind.Program)
            Assert.All(store.ReferencesOf(file.Key), target => Assert.True(store.Ids(target.Kind).Contains(target.Id), $"{file.Key} lost {target}"));
        Take(file);
    }

    private static void Check(StorageError? error)
    {
        if (error is not null)
            Assert.Contains(error.Errno, Races);
    }

    private void ChangeSlot(ObjectFile array)
    {
        ObjectFile? program = _random.Next(3) == 0 ? null : Pick(file => file.Key.Kind == ObjectKind.Program);
        Actor.ChangeSlot(store, array, (uint)_random.Next(ReferenceModel.Slots), program);
    }

    private ObjectFile? Pick(Func<ObjectFile, bool> suits)
    {
        ObjectFile[] suitable = [.. _open.Where(suits)];
        return suitable.Length == 0 ? null : suitable[_random.Next(suitable.Length)];
    }

    private static bool IsArray(ObjectFile file) =>
        file.Key.Kind == ObjectKind.Map && file.Header.ReadAttributes<MapObjectAttributes>().Type == MapType.ProgArray;
}
