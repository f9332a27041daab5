using System.Runtime.InteropServices;

namespace Holdfast.Storage.Maps;

/// <summary>A bucket of a hash map.</summary>
[StructLayout(LayoutKind.Sequential, Size = HashLayout.BucketBytes)]
internal struct HashBucket
{
    /// <summary>Lock word of the bucket's writers.</summary>
    public uint Lock;

    /// <summary>Index + 1 of the first element, 0 if there is none.</summary>
    public uint Head;

    /// <summary>Changed before each unlinking: a reader that found nothing looks whether it may have lost its way.</summary>
    public uint Unlinks;
}
