using System.Collections.Immutable;
using System.IO.Compression;
using System.Text.Json;
using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Verifier.Prototypes;
using SharpCompress.Compressors.Xz;

namespace Holdfast.Verifier.Tests.Oracle;

/// <summary>Reads recordings of what the kernel said of programs.</summary>
internal sealed class OracleCorpus
{
    private readonly string _folder;
    private readonly Dictionary<string, string> _blobs = [];
    private readonly Dictionary<string, BtfGraph?> _graphs = [];

    public OracleCorpus(string folder)
    {
        _folder = folder;
        using FileStream vmlinux = File.OpenRead(Path.Combine(folder, "vmlinux.btf.xz"));
        using XZStream plain = new(vmlinux);
        using MemoryStream bytes = new();
        plain.CopyTo(bytes);
        Kernel = BtfGraph.Read(bytes.ToArray());
        using BrotliStream blobs = new(File.OpenRead(Path.Combine(folder, "btf.jsonl.br")), CompressionMode.Decompress);
        using StreamReader reader = new(blobs);
        while (reader.ReadLine() is { } line)
        {
            using JsonDocument blob = JsonDocument.Parse(line);
            if (blob.RootElement.TryGetProperty("sha", out JsonElement sha))
            {
                _blobs[sha.GetString()!] = blob.RootElement.GetProperty("hex").GetString()!;
            }
        }
    }

    public BtfGraph Kernel { get; }

    public IEnumerable<OracleRecord> Read(string name)
    {
        using GZipStream plain = new(File.OpenRead(Path.Combine(_folder, name + ".jsonl.gz")), CompressionMode.Decompress);
        using StreamReader reader = new(plain);
        while (reader.ReadLine() is { } line)
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            if (Text(root, "kind") == "prog" && Text(root, "verdict") is "accept" or "reject" && ReadRecord(root) is { } record)
            {
                yield return record;
            }
        }
    }

    private static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static long Number(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetInt64() : 0;

    private BtfGraph? Graph(string sha)
    {
        if (sha.Length == 0 || !_blobs.TryGetValue(sha, out string? hex))
        {
            return null;
        }

        if (!_graphs.TryGetValue(sha, out BtfGraph? graph))
        {
            _ = BtfGraph.TryRead(Convert.FromHexString(hex), null, out graph, out _);
            _graphs[sha] = graph;
        }

        return graph;
    }

    private OracleRecord? ReadRecord(JsonElement root)
    {
        if (ProgramTypes.Find((ProgramType)Number(root, "prog_type_id")) is not { } type)
        {
            return null;
        }

        byte[] bytes = root.TryGetProperty("insns", out JsonElement hex) ? Convert.FromHexString(hex.GetString()!) : Unzip(Text(root, "insns_gz"));
        _ = InstructionStream.TryParse(bytes, out Instruction[] code);
        MapDescription[] maps = ReadMaps(root);
        const int Good = 0x40000000;
        if (root.TryGetProperty("map_refs", out JsonElement references))
        {
            foreach (JsonElement reference in references.EnumerateArray())
            {
                int index = reference.GetInt32();
                code[index] = code[index] with { Immediate = code[index].Immediate + Good };
            }
        }

        VerificationRequest request = new()
        {
            Type = type,
            Instructions = [.. code],
            AttachType = Attach(root),
            Flags = (ProgramFlags)Number(root, "flags"),
            Name = Text(root, "prog_name"),
            License = Text(root, "license"),
            ResolveMap = descriptor => descriptor >= Good && descriptor - Good < maps.Length ? maps[descriptor - Good] : null,
            Btf = Graph(Text(root, "btf")),
            Functions = ReadFunctions(root),
            Lines = ReadLines(root),
            KernelBtf = Kernel,
            AttachBtfId = root.TryGetProperty("attach_btf", out JsonElement attach) ? (uint)Number(attach, "id") : 0,
        };
        return new(
            Text(root, "id"), request, Text(root, "verdict") == "accept", Text(root, "errno"), Text(root, "reason"), Text(root, "log"),
            (int)Number(root, "processed_insns"));
    }

    private static AttachType Attach(JsonElement root) =>
        root.TryGetProperty("attach_type", out JsonElement value) && value.ValueKind == JsonValueKind.Number ? (AttachType)value.GetInt32() : 0;

    private static byte[] Unzip(string base64)
    {
        using GZipStream plain = new(new MemoryStream(Convert.FromBase64String(base64)), CompressionMode.Decompress);
        using MemoryStream bytes = new();
        plain.CopyTo(bytes);
        return bytes.ToArray();
    }

    private MapDescription[] ReadMaps(JsonElement root)
    {
        if (!root.TryGetProperty("maps", out JsonElement list))
        {
            return [];
        }

        JsonElement[] elements = [.. list.EnumerateArray()];
        MapDescription?[] maps = new MapDescription?[elements.Length];
        for (int i = 0; i < maps.Length; i++)
        {
            maps[i] ??= ReadMap(elements, i, maps);
        }

        return maps!;
    }

    private MapDescription ReadMap(JsonElement[] elements, int index, MapDescription?[] maps)
    {
        JsonElement element = elements[index];
        MapDescription? inner = null;
        if (element.TryGetProperty("inner", out JsonElement number) && number.ValueKind == JsonValueKind.Number)
        {
            inner = maps[number.GetInt32()] ??= ReadMap(elements, number.GetInt32(), maps);
        }

        MapType type = (MapType)Number(element, "type");
        MapDescription map = new()
        {
            Id = (uint)index + 1,
            Type = type,
            KeySize = (uint)Number(element, "key_size"),
            ValueSize = (uint)Number(element, "value_size"),
            MaxEntries = (uint)Number(element, "max_entries"),
            Flags = (MapFlags)Number(element, "flags"),
            Name = Text(element, "name"),
            Extra = (ulong)Number(element, "map_extra"),
            Btf = Graph(Text(element, "btf")),
            BtfKeyTypeId = (uint)Number(element, "btf_key"),
            BtfValueTypeId = (uint)Number(element, "btf_value"),
            Inner = inner,
        };
        bool frozen = element.TryGetProperty("frozen", out JsonElement flag) && flag.ValueKind == JsonValueKind.True;
        return frozen && (map.Flags & MapFlags.ReadOnlyProgram) != 0 && map.Type == MapType.Array && map.MaxEntries == 1
            ? map with { Constants = Contents(element, (int)map.ValueSize) }
            : map;
    }

    private static byte[] Contents(JsonElement element, int size)
    {
        byte[] value = new byte[size];
        if (element.TryGetProperty("updates", out JsonElement updates))
        {
            foreach (JsonElement update in updates.EnumerateArray())
            {
                if (update.GetProperty("value").ValueKind == JsonValueKind.String)
                {
                    Convert.FromHexString(update.GetProperty("value").GetString()!).CopyTo(value, 0);
                }
            }
        }

        return value;
    }

    private static ImmutableArray<FunctionInfo> ReadFunctions(JsonElement root)
    {
        byte[] bytes = Convert.FromBase64String(Text(root, "func_info"));
        int size = (int)Number(root, "func_info_rec_size") is > 0 and int given ? given : 8;
        return [.. Enumerable.Range(0, bytes.Length / size).Select(i =>
            new FunctionInfo(BitConverter.ToInt32(bytes, i * size), BitConverter.ToUInt32(bytes, (i * size) + 4)))];
    }

    private static ImmutableArray<LineInfo> ReadLines(JsonElement root)
    {
        byte[] bytes = Convert.FromBase64String(Text(root, "line_info"));
        int size = (int)Number(root, "line_info_rec_size") is > 0 and int given ? given : 16;
        return [.. Enumerable.Range(0, bytes.Length / size).Select(i => new LineInfo(
            BitConverter.ToInt32(bytes, i * size), BitConverter.ToUInt32(bytes, (i * size) + 4),
            BitConverter.ToUInt32(bytes, (i * size) + 8), BitConverter.ToUInt32(bytes, (i * size) + 12)))];
    }
}
