using System.Collections.Concurrent;
using Holdfast.Btf;

namespace Holdfast;

/// <summary>The kernel's types as files hold them; each file is read once, since the running kernel's has 60,000 types and more.</summary>
internal static class KernelBtfFile
{
    private static readonly ConcurrentDictionary<string, Lazy<BtfGraph?>> Graphs = [];

    /// <summary>The types in a file; null if it isn't there or holds none.</summary>
    public static BtfGraph? Read(string path) => Graphs.GetOrAdd(path, _ => new(() => TryRead(path))).Value;

    private static BtfGraph? TryRead(string path) =>
        File.Exists(path) && BtfGraph.TryRead(File.ReadAllBytes(path), null, out BtfGraph? graph, out _) ? graph : null;
}
