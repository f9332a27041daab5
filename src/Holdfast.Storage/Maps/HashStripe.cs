using System.Runtime.InteropServices;

namespace Holdfast.Storage.Maps;

/// <summary>What the writers of all buckets share whose numbers have the same low bits: a key's stripe stays the same however many buckets there are.</summary>
[StructLayout(LayoutKind.Sequential, Size = HashLayout.StripeBytes)]
internal struct HashStripe
{
    /// <summary>Lock word of the buckets' writers.</summary>
    public uint Lock;

    /// <summary>Changed before each unlinking: a reader that found nothing looks whether it may have lost its way.</summary>
    public uint Unlinks;

    /// <summary>Of a map with locks in its values: index + 1 of the element that holds what an update in place is writing; 0 if none is under way.</summary>
    public uint Redo;

    /// <summary>The bucket that the lock's owner splits or, in a durable map, whose digest it changes: who takes the lock over looks there. Any value is legal.</summary>
    public uint Bucket;
}
