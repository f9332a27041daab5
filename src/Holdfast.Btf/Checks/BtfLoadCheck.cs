namespace Holdfast.Btf;

/// <summary>
/// Says whether Linux would take a blob by <c>BPF_BTF_LOAD</c> (<c>btf_parse</c> of 6.18): more than that it can be read.
/// </summary>
public static class BtfLoadCheck
{
    /// <summary>The kernel's limit in bytes (<c>BTF_MAX_SIZE</c>).</summary>
    public const int MaxSize = 16 * 1024 * 1024;

    /// <summary>Reads a blob that is to be loaded, and checks it.</summary>
    /// <param name="bytes">The blob; kept by the graph.</param>
    /// <param name="baseGraph">The graph that the blob continues; else null.</param>
    /// <param name="graph">The graph if the kernel would take it.</param>
    /// <returns>The first thing that is wrong, or null.</returns>
    public static BtfDiagnostic? TryLoad(ReadOnlyMemory<byte> bytes, BtfGraph? baseGraph, out BtfGraph? graph)
    {
        BtfDiagnostic? wrong = BtfGraph.TryRead(bytes, baseGraph, out graph, out IReadOnlyList<BtfDiagnostic> diagnostics)
            ? Find(graph)
            : diagnostics[0];
        graph = wrong is null ? graph : null;
        return wrong;
    }

    /// <summary>Checks a graph.</summary>
    /// <param name="graph">Graph as read.</param>
    /// <returns>The first thing that is wrong, or null.</returns>
    public static BtfDiagnostic? Find(BtfGraph graph)
    {
        if (graph.RawBytes.Length > MaxSize)
        {
            return new(BtfDiagnosticId.TooLarge, 0, $"the data has {graph.RawBytes.Length} bytes, the limit is {MaxSize}");
        }

        if (graph.IsBigEndian)
        {
            return new(BtfDiagnosticId.InvalidMagic, 0, "Invalid magic");
        }

        return CheckSections(graph)
            ?? new BtfMetaCheck(graph).Find()
            ?? new BtfResolveCheck(graph).Find()
            ?? BtfTypeTagCheck.Find(graph);
    }

    private static BtfDiagnostic? CheckSections(BtfGraph graph)
    {
        BtfHeader header = graph.Header;
        uint total = (uint)graph.RawBytes.Length - header.Length;
        if (graph.Base is null && total == 0)
        {
            return new(BtfDiagnosticId.InvalidSection, 4, "No data");
        }

        if (header.StringOffset < header.TypeOffset || header.TypeOffset != 0)
        {
            return new(BtfDiagnosticId.InvalidSection, 8, "Unsupported section found");
        }

        if (header.StringOffset != header.TypeLength)
        {
            bool gap = header.StringOffset > header.TypeLength;
            return new(BtfDiagnosticId.InvalidSection, 16, gap ? "Unsupported section found" : "Section overlap found");
        }

        if (header.StringOffset + header.StringLength != total)
        {
            return new(BtfDiagnosticId.InvalidSection, 20, "Unsupported section found");
        }

        return graph.Base is null && header.TypeLength == 0 ? new(BtfDiagnosticId.NoTypes, 12, "No type found") : null;
    }
}
