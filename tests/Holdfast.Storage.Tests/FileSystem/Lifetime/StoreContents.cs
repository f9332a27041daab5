using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Tests.FileSystem.Lifetime;

/// <summary>What is really in a store's files, read as anybody could.</summary>
internal static class StoreContents
{
    /// <summary>What a collector is told of prog arrays and links.</summary>
    public static IReadOnlySet<ObjectKey>? Read(ObjectHeader referrer, int descriptor)
    {
        HashSet<ObjectKey> targets = [];
        if (referrer.Key.Kind == ObjectKind.Link)
            return new HashSet<ObjectKey>(ProgramsOf(referrer));
        return ProgArraySlots.TryReadPrograms(descriptor, referrer, targets) ? targets : null;
    }

    /// <summary>The object of a file; null if it is none.</summary>
    public static ObjectHeader? HeaderOf(string path)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        int descriptor = (int)stream.SafeFileHandle.DangerousGetHandle();
        return ObjectHeaderCodec.Read(descriptor, out ObjectHeader? header, out _) == ObjectHeaderStatus.Valid ? header : null;
    }

    /// <summary>The programs that a link's words name: two while an update is under way.</summary>
    public static ObjectKey[] ProgramsOf(ObjectHeader link) =>
    [
        .. new[] { LinkObjectAttributes.ProgramWord, LinkObjectAttributes.NextProgramWord }
            .Select(word => new ObjectKey(ObjectKind.Program, (uint)link.KindWord(word))).Where(key => key.Id != 0).Distinct(),
    ];

    /// <summary>The slots of a small prog array, as the format says where they are (docs/on-disk-format.md).</summary>
    public static ObjectKey[] SlotsOf(string path)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        stream.Position = HeaderOf(path)!.DataOffset + 4096;
        byte[] slots = new byte[ReferenceModel.Slots * sizeof(ulong)];
        stream.ReadExactly(slots);
        return [.. Enumerable.Range(0, ReferenceModel.Slots).Select(index => BitConverter.ToUInt32(slots, index * sizeof(ulong)))
            .Select(id => id == 0 ? default : new ObjectKey(ObjectKind.Program, id))];
    }

    /// <summary>All pins below a bpffs, by path.</summary>
    public static Dictionary<string, ObjectKey> Pins(string root) =>
        Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories)
            .Where(path => !Path.GetFileName(path).Contains('.', StringComparison.Ordinal))
            .ToDictionary(path => path, path => HeaderOf(path)!.Key);
}
