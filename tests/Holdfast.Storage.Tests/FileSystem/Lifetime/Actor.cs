using System.Globalization;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Tests.FileSystem.Lifetime;

/// <summary>A simulated process: a store and objects that it has open. When it dies its descriptors are closed, and nothing else happens.</summary>
internal sealed class Actor(TemporaryStore temporary)
{
    private readonly HashSet<int> _descriptors = [];
    private Store? _store;

    public List<ObjectFile> Open { get; } = [];

    public Store Store => _store!;

    /// <summary>Does something as this process; at a fatal system call, counted from 0, it dies. Returns whether it lived.</summary>
    public bool Act(Action action, int fatalCall = int.MaxValue)
    {
        HashSet<int> before = Descriptors();
        int call = 0;
        Posix.Interceptor = _ =>
        {
            if (call++ >= fatalCall)
                throw new SimulatedDeathException();
        };
        try
        {
            _store ??= temporary.Open();
            action();
            return true;
        }
        catch (SimulatedDeathException)
        {
            return false;
        }
        finally
        {
            Posix.Interceptor = null;
            HashSet<int> after = Descriptors();
            _descriptors.ExceptWith(before.Except(after));
            _descriptors.UnionWith(after.Except(before));
        }
    }

    /// <summary>What SIGKILL does. What the process had open is told.</summary>
    public ObjectKey[] Die()
    {
        ObjectKey[] held = [.. Open.Select(file => file.Key)];
        foreach (int descriptor in _descriptors.Where(IsOfStore))
            _ = Posix.Close(descriptor);
        _descriptors.Clear();
        Open.Clear();
        _store = null;
        return held;
    }

    /// <summary>Maps a prog array of this process and changes a slot.</summary>
    public void ChangeSlot(ObjectFile array, uint slot, ObjectFile? program) => ChangeSlot(Store, array, slot, program);

    public static void ChangeSlot(Store store, ObjectFile array, uint slot, ObjectFile? program)
    {
        MapAttributes shape = new() { Type = MapType.ProgArray, KeySize = 4, ValueSize = 4, MaxEntries = ReferenceModel.Slots };
        Assert.Equal(Errno.None, SharedMap.TryOpen(
            array.Descriptor, shape, array.Header.DataOffset, array.Header.DataLength, writable: true, out SharedMap? map));
        using (map)
            Assert.Null(ProgArraySlots.Change(store, array.Key, (ProgArrayMap)map!, slot, program));
    }

    public ObjectFile CreateArray()
    {
        Assert.True(Maps.TestMap.TryCreate(Store, MapType.ProgArray, 4, 4, ReferenceModel.Slots, MapFlags.None, out ObjectFile? file, out StorageError? error), error?.ToString());
        return file!;
    }

    private bool IsOfStore(int descriptor) => Names.IsBelow(descriptor, temporary.Root);

    /// <summary>Those on files of the store: the runtime opens and closes others meanwhile, whose numbers are used again.</summary>
    private HashSet<int> Descriptors()
    {
        HashSet<int> descriptors = [];
        Assert.Equal(Errno.None, DirectoryReader.TryOpen(Bpffs.WorkingDirectory, "/proc/self/fd\0"u8, out DirectoryReader? reader, follow: true));
        using (reader)
        {
            while (reader!.MoveNext())
            {
                if (int.TryParse(reader.Name, CultureInfo.InvariantCulture, out int descriptor) && descriptor != reader.Descriptor && IsOfStore(descriptor))
                    descriptors.Add(descriptor);
            }
        }

        return descriptors;
    }
}
