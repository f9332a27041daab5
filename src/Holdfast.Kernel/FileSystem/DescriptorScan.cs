using System.Globalization;
using Holdfast.Isa.Abi;

namespace Holdfast.Kernel.FileSystem;

/// <summary>Descriptors of bpf(2) objects, as <c>/proc/PID/fd</c> and <c>/proc/PID/fdinfo</c> show them.</summary>
internal static class DescriptorScan
{
    /// <summary>Which processes have which objects open. Those of others are seen with privilege only.</summary>
    public static IEnumerable<ObjectHolder> Holders()
    {
        HashSet<ObjectHolder> seen = [];
        foreach (string process in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(process), NumberStyles.None, CultureInfo.InvariantCulture, out int id))
                continue;
            foreach (string descriptor in Descriptors(process))
            {
                if (TryRead(process, Path.GetFileName(descriptor), id) is { } holder && seen.Add(holder))
                    yield return holder;
            }
        }
    }

    private static string[] Descriptors(string process)
    {
        try
        {
            return Directory.GetFiles(process + "/fd");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return []; // It ended meanwhile, or is another user's.
        }
    }

    private static ObjectHolder? TryRead(string process, string number, int id)
    {
        try
        {
            string? target = new FileInfo($"{process}/fd/{number}").LinkTarget;
            ObjectKind kind = KindOf(target);
            if (kind == ObjectKind.None)
                return null;
            string name = kind switch { ObjectKind.Map => "map_id:", ObjectKind.Program => "prog_id:", ObjectKind.Link => "link_id:", _ => "btf_id:" };
            string? line = File.ReadLines($"{process}/fdinfo/{number}").FirstOrDefault(candidate => candidate.StartsWith(name, StringComparison.Ordinal));
            return line is not null && uint.TryParse(line.AsSpan(name.Length).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out uint number32)
                ? new ObjectHolder(id, kind, number32)
                : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null; // Closed meanwhile.
        }
    }

    /// <summary>The kind that a descriptor's link names.</summary>
    public static ObjectKind KindOf(string? target) => target switch
    {
        "anon_inode:bpf-map" => ObjectKind.Map,
        "anon_inode:bpf-prog" => ObjectKind.Program,
        "anon_inode:bpf_link" or "anon_inode:bpf-link" => ObjectKind.Link,
        "anon_inode:btf" => ObjectKind.Btf,
        _ => ObjectKind.None,
    };
}
