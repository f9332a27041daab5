using Holdfast.Isa.Abi;
using Holdfast.Storage.Hooks;

namespace Holdfast.Userspace.Hooks;

/// <summary>Where a new link goes in a hook's list: the kernel's rules for lists of programs (<c>bpf_mprog_attach</c> in kernel/bpf/mprog.c), errors and their order included.</summary>
/// <param name="program">Id of the program to attach.</param>
/// <param name="slots">Most programs of the hook.</param>
/// <param name="flags">Flags of BPF_LINK_CREATE.</param>
/// <param name="relative">What is named as neighbour.</param>
/// <param name="expectedRevision">Revision that the list must have, 0 for any.</param>
internal sealed class HookOrder(uint program, int slots, LinkFlags flags, HookNeighbour relative, ulong expectedRevision)
{
    /// <summary>Finds the place.</summary>
    public Errno Place(IReadOnlyList<HookSlot> list, ulong revision, out int index)
    {
        index = list.Count;
        if (expectedRevision != 0 && expectedRevision != revision)
            return Errno.ESTALE;
        if (list.Any(slot => slot.Program == program))
            return Errno.EEXIST;
        if (relative.Failure != Errno.None)
            return relative.Failure;
        if ((flags & LinkFlags.Replace) != 0)
            return Errno.ENOENT; // a new link is in no list yet
        if (list.Count >= slots)
            return Errno.ERANGE;
        Errno before = Errno.None, after = Errno.None;
        int? wanted = null;
        if ((flags & LinkFlags.Before) != 0)
            before = Find(list, 0, 0, ref wanted);
        if (before == Errno.None && (flags & LinkFlags.After) != 0)
            after = Find(list, 1, list.Count, ref wanted);
        if ((before != Errno.None ? before : after) is var failure and not Errno.None)
            return failure;
        if (wanted is null && (relative.Program != 0 || flags != LinkFlags.None))
            return Errno.EINVAL;
        index = wanted ?? list.Count;
        return Errno.None;
    }

    /// <summary>One of the two sides of a neighbour, or an end of the list if none is named; if both sides are asked for they must be the same place.</summary>
    private Errno Find(IReadOnlyList<HookSlot> list, int side, int end, ref int? wanted)
    {
        int place = end;
        if (relative.Program != 0)
        {
            int at = 0;
            while (at < list.Count && !(list[at].Program == relative.Program && (relative.Link == 0 || list[at].Link == relative.Link)))
                at++;
            if (at == list.Count)
                return Errno.ENOENT;
            place = at + side;
        }

        if (wanted is not null && wanted != place)
            return Errno.ERANGE;
        wanted = place;
        return Errno.None;
    }
}
