using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Userspace.Attributes;
using Holdfast.Userspace.Maps;
using Holdfast.Userspace.Objects;

namespace Holdfast.Userspace.Commands;

/// <summary>The commands on single elements of a map.</summary>
internal sealed class MapElements(EngineState engine)
{
    internal const string NoLock = "BPF_F_LOCK needs a struct bpf_spin_lock in the value's BTF type";

    /// <summary>Carries out a command on one element.</summary>
    /// <param name="command">Lookup, update, delete, next key, lookup and delete.</param>
    /// <param name="attribute">The attribute.</param>
    /// <returns>Zero, or the negated error.</returns>
    public int Run(BpfCommand command, in MapElementAttribute attribute)
    {
        if (!engine.Maps.TryUse((int)attribute.MapFd, out DescriptorEntry? entry, out MapInstance? map, out StorageError? error))
            return Failures.Of(error);
        MapAccessRules access = MapAccessRules.Of(entry, map);
        return command switch
        {
            BpfCommand.MapLookupElem => Lookup(map, access, attribute),
            BpfCommand.MapUpdateElem => Update(map, access, attribute),
            BpfCommand.MapDeleteElem => Delete(map, access, attribute),
            BpfCommand.MapGetNextKey => NextKey(map, access, attribute),
            _ => LookupAndDelete(map, access, attribute),
        };
    }

    private static int Lookup(MapInstance map, MapAccessRules access, in MapElementAttribute attribute)
    {
        if ((attribute.Flags & ~(ulong)UpdateFlags.Lock) != 0)
            return Failures.Of(Errno.EINVAL, "a lookup takes no flag but BPF_F_LOCK");
        if (!access.MayRead)
            return MapAccessRules.Denied("reading");
        bool withLock = attribute.Flags != 0;
        if (withLock && !map.HasValueLock)
            return Failures.Of(Errno.EINVAL, NoLock);
        if (!TryKey(map, attribute, out Span<byte> key, out int failure))
            return failure;
        // What is asked of a bloom filter is the value.
        return map.Description.Type == MapType.BloomFilter && attribute.Value == 0
            ? Failures.Of(Errno.EFAULT, "the value's address is null")
            : Answered(Locked(map.Lookup(key, Room(attribute, map.ValueBufferSize), withLock), withLock), attribute);
    }

    private static int Update(MapInstance map, MapAccessRules access, in MapElementAttribute attribute)
    {
        if (!access.MayWrite)
            return MapAccessRules.Denied("writing");
        bool withLock = (attribute.Flags & (ulong)UpdateFlags.Lock) != 0;
        if (withLock && !map.HasValueLock)
            return Failures.Of(Errno.EINVAL, NoLock);
        if (!TryKey(map, attribute, out Span<byte> key, out int failure))
            return failure;
        return UserMemory.TrySpan(attribute.Value, map.ValueBufferSize, out Span<byte> value)
            ? Locked(map.Update(key, value, (UpdateFlags)attribute.Flags), withLock)
            : Failures.Of(Errno.EFAULT, "the value's address is null");
    }

    private static int Delete(MapInstance map, MapAccessRules access, in MapElementAttribute attribute)
    {
        if (!access.MayWrite)
            return MapAccessRules.Denied("writing");
        return TryKey(map, attribute, out Span<byte> key, out int failure) ? map.Delete(key) : failure;
    }

    private static int NextKey(MapInstance map, MapAccessRules access, in MapElementAttribute attribute)
    {
        if (!access.MayRead)
            return MapAccessRules.Denied("reading");
        // A null key asks for the first one.
        Span<byte> key = default;
        if (map.Description.KeySize == 0 && attribute.Key != 0)
            return NoKeys(map);
        if (attribute.Key != 0)
            UserMemory.TrySpan(attribute.Key, map.Description.KeySize, out key);
        return Answered(map.NextKey(key, Room(attribute, (int)map.Description.KeySize)), attribute);
    }

    private static int LookupAndDelete(MapInstance map, MapAccessRules access, in MapElementAttribute attribute)
    {
        if ((attribute.Flags & ~(ulong)UpdateFlags.Lock) != 0)
            return Failures.Of(Errno.EINVAL, "a lookup takes no flag but BPF_F_LOCK");
        if (!access.MayRead || !access.MayWrite)
            return MapAccessRules.Denied("reading and writing");
        bool withLock = attribute.Flags != 0;
        if (withLock && !map.HasValueLock)
            return Failures.Of(Errno.EINVAL, NoLock);
        return TryKey(map, attribute, out Span<byte> key, out int failure)
            ? Answered(Locked(map.LookupAndDelete(key, Room(attribute, map.ValueBufferSize), withLock), withLock), attribute)
            : failure;
    }

    /// <summary>A result, with what is particular to BPF_F_LOCK explained.</summary>
    private static int Locked(int result, bool withLock) => withLock && (Errno)(-result) is var failure ? failure switch
    {
        Errno.EPERM => Failures.Of(failure, "BPF_F_LOCK writes the lock in the value: open the map for writing too"),
        Errno.EBUSY => Failures.Of(failure, "a process that is alive has kept the value's lock too long: it may be stopped; continue or end it"),
        _ => result,
    } : result;

    private static bool TryKey(MapInstance map, in MapElementAttribute attribute, out Span<byte> key, out int failure)
    {
        if (map.Description.KeySize == 0)
        {
            // As __bpf_copy_key: nothing is read, and there must be nothing to read.
            key = default;
            failure = attribute.Key == 0 ? 0 : NoKeys(map);
            return failure == 0;
        }

        bool there = UserMemory.TrySpan(attribute.Key, map.Description.KeySize, out key);
        failure = there ? 0 : Failures.Of(Errno.EFAULT, "the key's address is null");
        return there;
    }

    private static int NoKeys(MapInstance map) =>
        Failures.Of(Errno.EINVAL, $"a {map.Description.Type} map has no keys: the key's address must be null");

    /// <summary>Where the answer goes. A null address is found last, when the command has done its work, as in the kernel: see <see cref="Answered"/>.</summary>
    private static Span<byte> Room(in MapElementAttribute attribute, int length) =>
        UserMemory.TrySpan(attribute.Value, length, out Span<byte> room) ? room : new byte[length];

    private static int Answered(int result, in MapElementAttribute attribute) =>
        result == 0 && attribute.Value == 0 ? Failures.Of(Errno.EFAULT, "the address for the answer is null") : result;
}
