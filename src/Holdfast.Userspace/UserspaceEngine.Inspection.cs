using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Memory;
using Holdfast.Userspace.Maps;
using Holdfast.Userspace.Objects;

namespace Holdfast.Userspace;

/// <content>What is told of objects beside bpf(2). But for queues, it reads headers and status, and maps nothing.</content>
public sealed partial class UserspaceEngine : IQueueContents
{
    /// <inheritdoc/>
    public int ReadQueue(int map, out IReadOnlyList<byte[]> values)
    {
        values = [];
        Failures.Clear();
        if (!_state.Descriptors.TryGet(map, out DescriptorEntry? entry, out StorageError? error) || !_state.Maps.TryShare(map, out MapInstance? shared, out error))
            return Failures.Of(error);
        Errno failure = entry.File.Access == ObjectAccess.WriteOnly ? Errno.EPERM : shared is DataMapInstance queue ? queue.TryReadQueue(out values) : Errno.EINVAL;
        shared.RemoveUser();
        return -(int)failure;
    }

    /// <inheritdoc/>
    public IEnumerable<ObjectHolder> Holders() => Store.Holders();

    /// <inheritdoc/>
    public int ReadFdInfo(int descriptor, out string text)
    {
        text = "";
        Failures.Clear();
        if (!_state.Descriptors.TryGet(descriptor, out DescriptorEntry? entry, out StorageError? error))
            return Failures.Of(error);
        switch (entry.File.Key.Kind)
        {
            case ObjectKind.Map:
                return MapText(descriptor, entry.File, out text);
            case ObjectKind.Program:
                ProgInfo program = default;
                int result = this.Info(descriptor, ref program);
                text = result < 0 ? "" : FdInfoText.OfProgram(program, entry.File.AllocatedBytes, ExecutionEngineName == "jit");
                return result;
            case ObjectKind.Btf:
                text = FdInfoText.OfBtf(entry.File.Key.Id);
                return 0;
            case ObjectKind.Hook:
                HookInfo hook = default;
                result = this.Info(descriptor, ref hook);
                text = result < 0 ? "" : FdInfoText.OfHook(hook);
                return result;
            default:
                return LinkText(descriptor, out text);
        }
    }

    private int LinkText(int descriptor, out string text)
    {
        text = "";
        LinkInfo link = default;
        int result = this.Info(descriptor, ref link);
        if (result < 0)
            return result;
        ulong tag = Store.TryOpenById(new ObjectKey(ObjectKind.Program, link.ProgId), ObjectAccess.ReadOnly, out ObjectFile? program, out _)
            ? program.Header.ReadAttributes<ProgramObjectAttributes>().Tag
            : 0;
        program?.Dispose();
        text = FdInfoText.OfHookLink(link, tag);
        return 0;
    }

    /// <summary>Whether an open object is one of this engine's store. Of another store's, a pin that was bind-mounted say, ids and references mean nothing here.</summary>
    /// <param name="descriptor">The object.</param>
    /// <returns>Whether it is; false if nothing is open there.</returns>
    public bool IsOfThisStore(int descriptor) => _state.Descriptors.TryGet(descriptor, out DescriptorEntry? entry, out _) && entry.File.IsOf(Store);

    private int MapText(int descriptor, ObjectFile file, out string text)
    {
        text = "";
        MapInfo map = default;
        int result = this.Info(descriptor, ref map);
        if (result < 0)
            return result;
        Errno errno = file.TryRefresh(out ObjectHeader header);
        ulong owner = 0;
        if (errno == Errno.None && map.Type == MapType.ProgArray)
            errno = ProgArrayMap.ReadOwner(file.Descriptor, header.DataOffset, out owner);
        if (errno != Errno.None)
            return Failures.Of(errno, $"the header of map {map.Id} can't be read");
        text = FdInfoText.OfMap(map, file.AllocatedBytes, header.IsFrozen, (ProgramType)(uint)owner, ExecutionEngineName == "jit");
        return 0;
    }
}
