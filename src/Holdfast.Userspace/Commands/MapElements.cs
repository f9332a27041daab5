using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Userspace.Attributes;
using Holdfast.Userspace.Maps;
using Holdfast.Userspace.Objects;

namespace Holdfast.Userspace.Commands;

/// <summary>The commands on single elements of a map.</summary>
internal sealed class MapElements(EngineState engine)
{
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
        if (attribute.Flags != 0)
            return Failures.Of(Errno.EINVAL, "a lookup takes no flags (BPF_F_LOCK needs a spin lock in the value, which this engine's maps don't keep)");
        if (!access.MayRead)
            return MapAccessRules.Denied("reading");
        return TryKeyValue(map, attribute, out Span<byte> key, out Span<byte> value, out int failure) ? map.Lookup(key, value) : failure;
    }

    private static int Update(MapInstance map, MapAccessRules access, in MapElementAttribute attribute)
    {
        if (!access.MayWrite)
            return MapAccessRules.Denied("writing");
        return TryKeyValue(map, attribute, out Span<byte> key, out Span<byte> value, out int failure)
            ? map.Update(key, value, (UpdateFlags)attribute.Flags)
            : failure;
    }

    private static int Delete(MapInstance map, MapAccessRules access, in MapElementAttribute attribute)
    {
        if (!access.MayWrite)
            return MapAccessRules.Denied("writing");
        return UserMemory.TrySpan(attribute.Key, map.Description.KeySize, out Span<byte> key)
            ? map.Delete(key)
            : Failures.Of(Errno.EFAULT, "the key's address is null");
    }

    private static int NextKey(MapInstance map, MapAccessRules access, in MapElementAttribute attribute)
    {
        if (!access.MayRead)
            return MapAccessRules.Denied("reading");
        if (!UserMemory.TrySpan(attribute.Value, map.Description.KeySize, out Span<byte> next))
            return Failures.Of(Errno.EFAULT, "the address of the next key is null");
        // A null key asks for the first one.
        Span<byte> key = default;
        if (attribute.Key != 0)
            UserMemory.TrySpan(attribute.Key, map.Description.KeySize, out key);
        return map.NextKey(key, next);
    }

    private static int LookupAndDelete(MapInstance map, MapAccessRules access, in MapElementAttribute attribute)
    {
        if (attribute.Flags != 0)
            return Failures.Of(Errno.EINVAL, "a lookup takes no flags (BPF_F_LOCK needs a spin lock in the value, which this engine's maps don't keep)");
        if (!access.MayRead || !access.MayWrite)
            return MapAccessRules.Denied("reading and writing");
        return TryKeyValue(map, attribute, out Span<byte> key, out Span<byte> value, out int failure) ? map.LookupAndDelete(key, value) : failure;
    }

    private static bool TryKeyValue(MapInstance map, in MapElementAttribute attribute, out Span<byte> key, out Span<byte> value, out int failure)
    {
        value = default;
        failure = 0;
        if (UserMemory.TrySpan(attribute.Key, map.Description.KeySize, out key) && UserMemory.TrySpan(attribute.Value, map.ValueBufferSize, out value))
            return true;
        failure = Failures.Of(Errno.EFAULT, "the address of the key or of the value is null");
        return false;
    }
}
