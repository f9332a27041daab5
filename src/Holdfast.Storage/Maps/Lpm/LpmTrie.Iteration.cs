using System.Buffers.Binary;
using System.Numerics;
using Holdfast.Isa.Abi;
using Holdfast.Storage.Maps.Snapshots;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Maps.Lpm;

/// <content>Iteration, in the kernel's order: what is longer before what it is part of, zeros before ones (<c>trie_get_next_key</c>).</content>
public sealed unsafe partial class LpmTrie
{
    private const int StepAttempts = 100;

    /// <inheritdoc/>
    public override int NextKey(ReadOnlySpan<byte> key, Span<byte> next)
    {
        for (int attempt = 0; attempt < StepAttempts; attempt++)
        {
            uint version = Volatile.Read(ref Version);
            int result = Step(key, next);
            Volatile.ReadBarrier();
            if (Volatile.Read(ref Version) == version)
                return result;
        }

        bool locked = TryEnter();
        int last = Step(key, next);
        if (locked)
            SharedLock.Exit(LockPlace);
        return last;
    }

    /// <inheritdoc/>
    public override int LookupBatch(
        ReadOnlySpan<byte> inBatch, Span<byte> outBatch, Span<byte> keys, Span<byte> values, ref uint count, bool andDelete) =>
        andDelete ? -(int)Errno.ENOTSUPP : GenericBatch.Lookup(this, inBatch, outBatch, keys, values, ref count);

    /// <summary>Reads the prefixes in their order. One that goes while its successor is looked for is no matter: places have an order too.</summary>
    /// <inheritdoc/>
    public override Errno ReadEntries(EntryVisitor visitor)
    {
        ArgumentNullException.ThrowIfNull(visitor);
        byte[] key = [], next = new byte[Attributes.KeySize], value = new byte[_valueSize];
        while (TryReadAfter(key, next, value, out bool end))
        {
            if (end)
                return Errno.None;
            Errno failure = visitor(next, value);
            if (failure != Errno.None)
                return failure;
            key = [.. next];
        }

        return Errno.EAGAIN;
    }

    private bool TryReadAfter(ReadOnlySpan<byte> key, Span<byte> next, Span<byte> value, out bool end)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            uint version = Volatile.Read(ref Version);
            end = !ReadAfter(key, next, value);
            Volatile.ReadBarrier();
            if (Volatile.Read(ref Version) == version)
                return true;
        }

        end = false;
        if (!TryEnter())
            return false;
        end = !ReadAfter(key, next, value);
        SharedLock.Exit(LockPlace);
        return true;
    }

    private bool ReadAfter(ReadOnlySpan<byte> key, Span<byte> next, Span<byte> value)
    {
        LpmNode* found = NodeAfter(key, mustExist: false);
        if (found == null)
            return false;
        CopyKey(found, next);
        new ReadOnlySpan<byte>((byte*)found + _valueOffset, _valueSize).CopyTo(value);
        return true;
    }

    private int Step(ReadOnlySpan<byte> key, Span<byte> next)
    {
        LpmNode* found = NodeAfter(key, mustExist: true);
        if (found == null)
            return -(int)Errno.ENOENT;
        CopyKey(found, next);
        return 0;
    }

    private void CopyKey(LpmNode* node, Span<byte> key)
    {
        BinaryPrimitives.WriteInt32LittleEndian(key, LpmNode.LengthOf(node->Info));
        new ReadOnlySpan<byte>(DataOf(node), _dataBytes).CopyTo(key[sizeof(uint)..]);
    }

    /// <summary>The entry after a key; the first one if there is no such key, or if it must exist and doesn't.</summary>
    private LpmNode* NodeAfter(ReadOnlySpan<byte> key, bool mustExist)
    {
        ulong* bits = stackalloc ulong[LargestWords];
        uint length = key.IsEmpty ? uint.MaxValue : BinaryPrimitives.ReadUInt32LittleEndian(key);
        bool goesOn = length <= _longest;
        if (goesOn)
        {
            fixed (byte* data = key[sizeof(uint)..])
                Load(data, bits);
        }

        if (goesOn && mustExist)
        {
            FindLink(bits, length, out LpmNode* node, out int common, out _, out _);
            goesOn = node != null && common == length && node->Info == length;
        }

        LpmNode* found = null;
        for (Tier tier = Tier.Short; tier <= Tier.Deep; tier++)
        {
            LpmNode* candidate = goesOn ? FirstAfter(tier, bits, (int)length) : FirstFrom(tier, 0);
            if (candidate != null && (found == null || IsBefore(candidate, found)))
                found = candidate;
        }

        return found;
    }

    private ReadOnlySpan<uint> Roots(Tier tier) => tier switch
    {
        Tier.Deep => _deep == null ? [] : new(_deep, 1 << LpmLayout.DeepBits),
        Tier.Middle => new(_middle, 1 << LpmLayout.MiddleBits),
        _ => new(_root, 1),
    };

    /// <summary>A tier's first entry in the roots from one on.</summary>
    private LpmNode* FirstFrom(Tier tier, int root)
    {
        ReadOnlySpan<uint> roots = Roots(tier);
        while (root < roots.Length)
        {
            int skipped = roots[root..].IndexOfAnyExcept(0u);
            if (skipped < 0)
                break;
            root += skipped;
            LpmNode* first = First(roots[root], -1);
            if (first != null)
                return first;
            root++;
        }

        return null;
    }

    /// <summary>A tier's first entry after a prefix.</summary>
    private LpmNode* FirstAfter(Tier tier, ulong* bits, int length)
    {
        ReadOnlySpan<uint> roots = Roots(tier);
        if (roots.IsEmpty)
            return null;
        int tierBits = BitOperations.Log2((uint)roots.Length);
        if (tierBits == 0)
            return FirstAfter(Volatile.Read(ref *_root), bits, length);
        int root = (int)(bits[0] >> (64 - tierBits));

        // A shorter prefix comes after everything that begins with it.
        if (length < tierBits)
            return FirstFrom(tier, (root | ((1 << (tierBits - length)) - 1)) + 1);
        LpmNode* found = FirstAfter(roots[root], bits, length);
        return found == null ? FirstFrom(tier, root + 1) : found;
    }

    /// <summary>
    /// A trie's first entry after a prefix, which need not be in it: down along the prefix, and from the deepest node that has
    /// something behind the path, that.
    /// </summary>
    private LpmNode* FirstAfter(uint link, ulong* bits, int length)
    {
        LpmNode* turn = null;
        int above = -1;
        for (LpmNode* node = NodeAt(link, above); node != null; node = NodeAt(link, above))
        {
            int own = LpmNode.LengthOf(node->Info), most = Math.Min(own, length), common = Common(node, bits, most);
            if (common < most)
            {
                // It parts from the prefix here: all of it comes after, or all before.
                if (BitAt(bits, common) == 0 && First(link, above) is var first && first != null)
                    return first;
                break;
            }

            if (own >= length)
                break;
            uint bit = BitAt(bits, own);
            if ((bit == 0 && node->Child1 != 0) || (node->Info & LpmNode.Joins) == 0)
                turn = node;
            above = own;
            link = Volatile.Read(ref (&node->Child0)[bit]);
        }

        if (turn == null)
            return null;
        int at = LpmNode.LengthOf(turn->Info);
        LpmNode* sideways = BitAt(bits, at) == 0 ? First(turn->Child1, at) : null;
        return sideways != null ? sideways : (turn->Info & LpmNode.Joins) == 0 ? turn : null;
    }

    /// <summary>The first entry of a subtree.</summary>
    private LpmNode* First(uint link, int above)
    {
        LpmNode* found = null;
        for (LpmNode* node = NodeAt(link, above); node != null; node = NodeAt(link, above))
        {
            if ((node->Info & LpmNode.Joins) == 0)
                found = node;
            above = LpmNode.LengthOf(node->Info);
            link = node->Child0 != 0 ? node->Child0 : node->Child1;
        }

        return found;
    }

    private bool IsBefore(LpmNode* one, LpmNode* other)
    {
        ulong* bits = stackalloc ulong[LargestWords];
        Load(DataOf(one), bits);
        int length = LpmNode.LengthOf(one->Info), otherLength = LpmNode.LengthOf(other->Info), most = Math.Min(length, otherLength);
        int common = Common(other, bits, most);
        return common < most ? BitAt(bits, common) == 0 : length > otherLength;
    }
}
