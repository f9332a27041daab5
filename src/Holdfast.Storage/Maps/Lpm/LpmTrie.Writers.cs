using System.Runtime.CompilerServices;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps.Lpm;

/// <content>Writers.</content>
public sealed unsafe partial class LpmTrie
{
    /// <inheritdoc/>
    public override int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, UpdateFlags flags)
    {
        fixed (byte* keyBytes = key, valueBytes = value)
        {
            return Update(keyBytes, valueBytes, flags);
        }
    }

    /// <summary>Creates or replaces a prefix's entry, for programs (<c>trie_update_elem</c>).</summary>
    /// <param name="key">Length and bytes of the prefix.</param>
    /// <param name="value">Value, of the map's value size.</param>
    /// <param name="flags">Create, replace, or both.</param>
    /// <returns>Zero; EINVAL: flags, or a prefix longer than keys are; EEXIST, ENOENT as the flags ask; ENOSPC: the map or the file system is full.</returns>
    public int Update(byte* key, byte* value, UpdateFlags flags)
    {
        uint length = Unsafe.ReadUnaligned<uint>(key);
        if (flags > UpdateFlags.Exist || length > _longest)
            return -(int)Errno.EINVAL;
        if (BeginWrite() is var failure && failure != Errno.None)
            return -(int)failure;
        ulong* bits = stackalloc ulong[LargestWords];
        Load(key + sizeof(uint), bits);
        Enter();
        failure = Put(key + sizeof(uint), bits, length, value, flags);
        SharedLock.Exit(LockPlace);
        return -(int)failure;
    }

    /// <inheritdoc/>
    public override int Delete(ReadOnlySpan<byte> key)
    {
        fixed (byte* keyBytes = key)
        {
            return Delete(keyBytes);
        }
    }

    /// <summary>Deletes a prefix's entry, for programs (<c>trie_delete_elem</c>).</summary>
    /// <param name="key">Length and bytes of the prefix.</param>
    /// <returns>Zero; EINVAL: a prefix longer than keys are; ENOENT.</returns>
    public int Delete(byte* key)
    {
        uint length = Unsafe.ReadUnaligned<uint>(key);
        if (length > _longest)
            return -(int)Errno.EINVAL;
        if (BeginWrite() is var failure && failure != Errno.None)
            return -(int)failure;
        ulong* bits = stackalloc ulong[LargestWords];
        Load(key + sizeof(uint), bits);
        Enter();
        failure = Remove(bits, length);
        SharedLock.Exit(LockPlace);
        return -(int)failure;
    }

    private Errno Put(byte* data, ulong* bits, uint length, byte* value, UpdateFlags flags)
    {
        uint* link = FindLink(bits, length, out LpmNode* node, out int common, out _, out _);
        bool exists = node != null && LpmNode.LengthOf(node->Info) == common && common == length;
        bool isEntry = exists && (node->Info & LpmNode.Joins) == 0;
        if (isEntry && flags == UpdateFlags.NoExist)
            return Errno.EEXIST;
        if (!isEntry && flags == UpdateFlags.Exist)
            return Errno.ENOENT;
        if (!isEntry && Count >= Attributes.MaxEntries)
            return Errno.ENOSPC;

        FreeNodes free = new(this);
        Errno failure = free.Take(out uint fresh);
        if (failure != Errno.None)
            return failure;
        LpmNode* added = Fill(fresh, length, data, value);
        uint old = *link;
        _log.Begin();
        ulong difference = _isDurable ? PartOf(added) - (isEntry ? PartOf(node) : 0) : 0;
        if (exists)
        {
            added->Child0 = node->Child0;
            added->Child1 = node->Child1;
            _log.Add(link, fresh + 1);
            free.Give(old - 1);
        }
        else if (node == null)
        {
            _log.Add(link, fresh + 1);
        }
        else if (common == length)
        {
            (&added->Child0)[BitOf(node, common)] = old;
            _log.Add(link, fresh + 1);
        }
        else
        {
            failure = free.Take(out uint joint);
            if (failure != Errno.None)
                return failure;
            LpmNode* joins = Fill(joint, (uint)common | LpmNode.Joins, DataOf(node), null);
            uint bit = BitAt(bits, common);
            (&joins->Child0)[bit] = fresh + 1;
            (&joins->Child0)[bit ^ 1] = old;
            _log.Add(link, joint + 1);
        }

        free.Log();
        if (!isEntry)
            _log.Add(EntriesPlace, Count + 1);
        Publish(unlinks: exists, difference);
        return Errno.None;
    }

    private Errno Remove(ulong* bits, uint length)
    {
        uint* link = FindLink(bits, length, out LpmNode* node, out int common, out uint* parentLink, out LpmNode* parent);
        if (node == null || node->Info != length || common != length)
            return Errno.ENOENT;
        FreeNodes free = new(this);
        ulong difference = _isDurable ? 0 - PartOf(node) : 0;
        _log.Begin();
        if (node->Child0 != 0 && node->Child1 != 0)
        {
            _log.Add(&node->Info, length | LpmNode.Joins);
        }
        else if (parent != null && (parent->Info & LpmNode.Joins) != 0 && (node->Child0 | node->Child1) == 0)
        {
            // Nothing parts there any more.
            uint joint = *parentLink;
            _log.Add(parentLink, link == &parent->Child0 ? parent->Child1 : parent->Child0);
            free.Give(joint - 1);
            free.Give(*link - 1);
        }
        else
        {
            _log.Add(link, node->Child0 != 0 ? node->Child0 : node->Child1);
            free.Give(*link - 1);
        }

        free.Log();
        _log.Add(EntriesPlace, Math.Max(Count, 1) - 1);
        Publish(unlinks: true, difference);
        return Errno.None;
    }

    /// <summary>The link that leads to a prefix's node, or to where it would go: to nothing, or to a node that is not above it.</summary>
    private uint* FindLink(ulong* bits, uint length, out LpmNode* node, out int common, out uint* parentLink, out LpmNode* parent)
    {
        uint* link = HomeOf(bits, length);
        parentLink = null;
        parent = null;
        common = 0;
        int above = -1;
        while ((node = NodeAt(*link, above)) != null)
        {
            above = LpmNode.LengthOf(node->Info);
            common = Common(node, bits, Math.Min(above, (int)length));
            if (common < above || above == length)
                break;
            parent = node;
            parentLink = link;
            link = ChildOf(node, bits);
        }

        return link;
    }

    /// <summary>Fills a node that nobody can reach yet. Who still reads it from an earlier use notices by the version.</summary>
    private LpmNode* Fill(uint index, uint info, byte* data, byte* value)
    {
        uint use = Interlocked.Increment(ref Version);
        LpmNode* node = Node(index);
        if (_isDurable)
            BeginUse(UseOf(node));
        node->Child0 = 0;
        node->Child1 = 0;
        node->Info = info;
        Buffer.MemoryCopy(data, DataOf(node), _dataBytes, _dataBytes);
        if (value != null)
            Buffer.MemoryCopy(value, (byte*)node + _valueOffset, _valueSize, _valueSize);
        if (_isDurable)
            EndUse(node, use);
        return node;
    }

    private void Publish(bool unlinks, ulong difference)
    {
        if (_isDurable)
            BeginChange(difference);

        // Before the link changes: a reader that began earlier and meets what was taken out starts over.
        if (unlinks)
            Interlocked.Increment(ref Version);
        _log.Commit();
    }

    private void Enter()
    {
        if (SharedLock.Enter(LockPlace, Leases) != SharedLock.Entry.TakenOver)
            return;
        // A new version: who began after the dead writer's own may meet what is taken out only now.
        Interlocked.Increment(ref Version);
        _ = _log.Complete();
    }

    private bool TryEnter()
    {
        if (BeginWrite() != Errno.None)
            return false;
        Enter();
        return true;
    }

    private uint BitOf(LpmNode* node, int at) => (uint)(DataOf(node)[at >> 3] >> (7 - (at & 7))) & 1;

    private static byte* DataOf(LpmNode* node) => (byte*)node + LpmLayout.HeaderBytes;

    private void* EntriesPlace => Data + LpmLayout.EntriesOffset;
}
