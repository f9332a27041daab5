using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Holdfast.Btf;

namespace Holdfast.Cli.Formatting;

/// <summary>BTF types as text, as <c>bpftool btf dump</c> writes them, and as JSON.</summary>
internal sealed class BtfText(BtfGraph graph)
{
    /// <summary>One type: its line, and one for each of its parts.</summary>
    public IEnumerable<string> Lines(BtfType type)
    {
        string head = $"[{type.Id}] {KindName(type.Kind)} '{(type.IsAnonymous ? "(anon)" : type.Name)}'";
        foreach ((string key, JsonNode? value) in Properties(type))
        {
            if (value is not JsonArray)
                head += $" {key}={Scalar(value)}";
        }

        yield return head;
        foreach ((string _, JsonNode? value) in Properties(type))
        {
            foreach (JsonNode? part in value as JsonArray ?? [])
                yield return "\t" + Part((JsonObject)part!);
        }
    }

    /// <summary>One type as JSON.</summary>
    public JsonObject Json(BtfType type)
    {
        JsonObject json = new() { ["id"] = type.Id, ["kind"] = KindName(type.Kind), ["name"] = type.Name };
        foreach ((string key, JsonNode? value) in Properties(type))
            json[key] = value;
        return json;
    }

    private List<(string Key, JsonNode? Value)> Properties(BtfType type) => type switch
    {
        BtfInt number =>
        [
            ("size", number.Size), ("bits_offset", number.BitOffset), ("nr_bits", number.BitCount),
            ("encoding", number.Encoding == BtfIntEncoding.None ? "(none)" : number.Encoding.ToString().ToUpperInvariant()),
        ],
        BtfEnumeration enumeration =>
        [
            ("encoding", enumeration.IsSigned ? "SIGNED" : "UNSIGNED"), ("size", enumeration.Size), ("vlen", enumeration.Values.Length),
            ("values", Array(enumeration.Values, value => new() { ["name"] = value.Name, ["val"] = enumeration.IsSigned ? value.Value : (ulong)value.Value })),
        ],
        BtfComposite composite =>
        [
            ("size", composite.Size), ("vlen", composite.Members.Length),
            ("members", Array(composite.Members, Member)),
        ],
        BtfArray array => [("type_id", array.ElementTypeId), ("index_type_id", array.IndexTypeId), ("nr_elems", array.ElementCount)],
        BtfForward forward => [("fwd_kind", forward.IsUnion ? "union" : "struct")],
        BtfFunctionPrototype prototype =>
        [
            ("ret_type_id", prototype.ReturnTypeId), ("vlen", prototype.Parameters.Length),
            ("params", Array(prototype.Parameters, parameter => new() { ["name"] = parameter.Name, ["type_id"] = parameter.TypeId })),
        ],
        BtfFunction function => [("type_id", function.TypeId), ("linkage", function.Linkage.ToString().ToLowerInvariant())],
        BtfVariable variable => [("type_id", variable.TypeId), ("linkage", variable.Linkage.ToString().ToLowerInvariant())],
        BtfDataSection section =>
        [
            ("size", section.Size), ("vlen", section.Variables.Length),
            ("vars", Array(section.Variables, variable => new()
            {
                ["type_id"] = variable.TypeId, ["offset"] = variable.Offset, ["size"] = variable.Size, ["name"] = graph.NameOf(variable.TypeId),
            })),
        ],
        BtfFloat number => [("size", number.Size)],
        BtfDeclTag tag => [("type_id", tag.TypeId), ("component_idx", tag.ComponentIndex)],
        BtfPointer pointer => [("type_id", pointer.TypeId)],
        BtfModifier modifier => [("type_id", modifier.TypeId)],
        _ => [],
    };

    private static JsonObject Member(BtfMember member)
    {
        JsonObject json = new() { ["name"] = member.Name, ["type_id"] = member.TypeId, ["bits_offset"] = member.BitOffset };
        if (member.IsBitfield)
            json["bitfield_size"] = member.BitfieldSize;
        return json;
    }

    private static JsonArray Array<T>(ImmutableArray<T> items, Func<T, JsonObject> convert) => new([.. items.Select(convert)]);

    private static string Part(JsonObject part)
    {
        string name = part["name"]!.GetValue<string>();
        IEnumerable<string> rest = part.Where(pair => pair.Key != "name").Select(pair => $"{pair.Key}={Scalar(pair.Value)}");
        return $"'{(name.Length == 0 ? "(anon)" : name)}' {string.Join(' ', rest)}";
    }

    private static string Scalar(JsonNode? node) => node?.ToString() ?? "";

    private static string KindName(BtfKind kind) => kind switch
    {
        BtfKind.Pointer => "PTR",
        BtfKind.Forward => "FWD",
        BtfKind.Function => "FUNC",
        BtfKind.FunctionPrototype => "FUNC_PROTO",
        BtfKind.Variable => "VAR",
        BtfKind.DataSection => "DATASEC",
        BtfKind.DeclTag => "DECL_TAG",
        BtfKind.TypeTag => "TYPE_TAG",
        _ => kind.ToString().ToUpperInvariant(),
    };
}
