using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Hooks;

/// <summary>Where things are in a hook's data, one page; <c>docs/on-disk-format.md</c> tells the same to people.</summary>
public static class HookLayout
{
    /// <summary>Most programs that a hook can have (<c>bpf_mprog_max</c>).</summary>
    public const int MostSlots = 63;

    /// <summary>The revision of a new hook, as <c>bpf_mprog_bundle_init</c>.</summary>
    internal const ulong FirstRevision = 1;

    /// <summary>Bytes of data.</summary>
    internal const int DataLength = 4096;

    /// <summary>Bytes to map: the header's page and the data.</summary>
    internal const long MappedLength = ObjectHeaderLayout.DataOffset + DataLength;

    /// <summary>The revision, 8 bytes. Its lowest bit tells which of the two lists counts.</summary>
    internal const int RevisionOffset = 0;

    /// <summary>A list's entries, behind its length (4 bytes, 4 of no meaning).</summary>
    internal const int EntriesOffset = 8;

    private const int ListsOffset = 64;
    private const int ListLength = 1024;

    /// <summary>The list that counts at a revision.</summary>
    internal static int ListOf(ulong revision) => ListsOffset + ((int)(revision & 1) * ListLength);
}
