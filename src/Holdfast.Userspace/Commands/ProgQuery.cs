using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Hooks;
using Holdfast.Userspace.Attributes;
using Holdfast.Userspace.Objects;

namespace Holdfast.Userspace.Commands;

/// <summary>BPF_PROG_QUERY of a hook (<c>bpf_mprog_query</c>).</summary>
internal sealed class ProgQuery(EngineState engine)
{
    /// <summary>Carries out the command; count and revision are written back.</summary>
    public int Run(ref ProgQueryAttribute attribute)
    {
        if (!engine.Hooks.TryGet((int)attribute.TargetFd, out DescriptorEntry? entry, out StorageError? error))
            return Failures.Of(Errno.EINVAL, $"only hooks can be asked in the userspace engine: {error.Message}");
        if (attribute.AttachType != entry.File.Header.ReadAttributes<HookObjectAttributes>().AttachType)
            return Failures.Of(Errno.EINVAL, $"the links of hook {entry.File.Key.Id} have another attach type than {attribute.AttachType}");
        if (attribute.QueryFlags != 0 || attribute.AttachFlags != 0)
            return Failures.Of(Errno.EINVAL, "a hook is asked without flags");
        IReadOnlyList<HookSlot> list = HookLinks.Read(entry.File, out ulong revision);
        uint room = attribute.ProgCnt;
        attribute.Revision = revision;
        attribute.ProgCnt = (uint)list.Count;
        if (room == 0 || attribute.ProgIds == 0 || list.Count == 0)
            return 0;
        int count = (int)Math.Min(room, (uint)list.Count);
        bool written = Write(attribute.ProgIds, [.. list.Take(count).Select(slot => slot.Program)])
            && Write(attribute.LinkIds, [.. list.Take(count).Select(slot => slot.Link)])
            && Write(attribute.ProgAttachFlags, new uint[count])
            && Write(attribute.LinkAttachFlags, new uint[count]);
        if (!written)
            return Failures.Of(Errno.EFAULT, "an array of the attribute can't be written");
        return count < list.Count ? Failures.Of(Errno.ENOSPC, $"hook {entry.File.Key.Id} has {list.Count} programs") : 0;
    }

    private static bool Write(ulong address, uint[] values)
    {
        if (address == 0)
            return true;
        if (!UserMemory.TrySpan(address, values.Length * sizeof(uint), out Span<byte> target))
            return false;
        MemoryMarshal.AsBytes(values.AsSpan()).CopyTo(target);
        return true;
    }
}
