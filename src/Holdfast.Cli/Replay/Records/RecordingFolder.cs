using System.IO.Compression;
using System.Text.Json;
using Holdfast.Btf;
using SharpCompress.Compressors.Xz;

namespace Holdfast.Cli.Replay.Records;

/// <summary>What lies beside a recording: BTF blobs by hash, and the recording kernel's types.</summary>
internal sealed class RecordingFolder
{
    private readonly Lazy<Dictionary<string, byte[]>> _blobs;
    private readonly Lazy<BtfGraph?> _kernel;

    /// <summary>Opens a folder; nothing is read before it is needed.</summary>
    /// <param name="path">The folder.</param>
    public RecordingFolder(string path)
    {
        _blobs = new(() => ReadBlobs(Path.Combine(path, "btf.jsonl.br")));
        _kernel = new(() => ReadKernel(Path.Combine(path, "vmlinux.btf.xz")));
    }

    /// <summary>The recording kernel's types; null if they aren't there.</summary>
    public BtfGraph? KernelTypes => _kernel.Value;

    /// <summary>Finds a blob.</summary>
    /// <param name="sha">Its name.</param>
    /// <returns>The blob, or null.</returns>
    public byte[]? Blob(string sha) => _blobs.Value.GetValueOrDefault(sha);

    private static Dictionary<string, byte[]> ReadBlobs(string path)
    {
        Dictionary<string, byte[]> blobs = [];
        if (!File.Exists(path))
            return blobs;
        using FileStream file = File.OpenRead(path);
        using BrotliStream content = new(file, CompressionMode.Decompress);
        using StreamReader reader = new(content);
        while (reader.ReadLine() is { Length: > 0 } line)
        {
            BtfBlobLine blob = JsonSerializer.Deserialize(line, RecordContext.Default.BtfBlobLine)!;
            blobs[blob.Sha] = Convert.FromHexString(blob.Hex);
        }

        return blobs;
    }

    private static BtfGraph? ReadKernel(string path)
    {
        if (!File.Exists(path))
            return null;
        using FileStream file = File.OpenRead(path);
        using XZStream content = new(file);
        using MemoryStream bytes = new();
        content.CopyTo(bytes);
        return BtfGraph.TryRead(bytes.ToArray(), null, out BtfGraph? graph, out IReadOnlyList<BtfDiagnostic> diagnostics)
            ? graph
            : throw new InvalidDataException($"{path}: {diagnostics[0]}");
    }
}
