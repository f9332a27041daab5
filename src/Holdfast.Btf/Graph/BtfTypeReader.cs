using System.Collections.Immutable;
using System.Diagnostics;

namespace Holdfast.Btf;

/// <summary>Makes the record of a type out of its checked bytes.</summary>
internal static class BtfTypeReader
{
    public static BtfType Read(BtfGraph graph, uint id, RawType raw)
    {
        string name = graph.GetString(raw.NameOffset);
        uint word = raw.SizeOrType;
        return raw.Kind switch
        {
            BtfKind.Int => new BtfInt(id, name, word, (BtfIntEncoding)((raw.Word(3) >> 24) & 0xf), (byte)(raw.Word(3) >> 16), (byte)raw.Word(3)),
            BtfKind.Pointer => new BtfPointer(id, word),
            BtfKind.Array => new BtfArray(id, raw.Word(3), raw.Word(4), raw.Word(5)),
            BtfKind.Struct => new BtfStruct(id, name, word, ReadMembers(graph, raw), raw.Flag),
            BtfKind.Union => new BtfUnion(id, name, word, ReadMembers(graph, raw), raw.Flag),
            BtfKind.Enum => new BtfEnum(id, name, word, raw.Flag, ReadValues(graph, raw)),
            BtfKind.Forward => new BtfForward(id, name, raw.Flag),
            BtfKind.Typedef => new BtfTypedef(id, name, word),
            BtfKind.Volatile => new BtfVolatile(id, word),
            BtfKind.Const => new BtfConst(id, word),
            BtfKind.Restrict => new BtfRestrict(id, word),
            BtfKind.Function => new BtfFunction(id, name, word, (BtfFunctionLinkage)raw.Length),
            BtfKind.FunctionPrototype => new BtfFunctionPrototype(id, word, ReadParameters(graph, raw)),
            BtfKind.Variable => new BtfVariable(id, name, word, (BtfVariableLinkage)raw.Word(3)),
            BtfKind.DataSection => new BtfDataSection(id, name, word, ReadVariables(raw)),
            BtfKind.Float => new BtfFloat(id, name, word),
            BtfKind.DeclTag => new BtfDeclTag(id, name, word, (int)raw.Word(3), raw.Flag),
            BtfKind.TypeTag => new BtfTypeTag(id, name, word, raw.Flag),
            BtfKind.Enum64 => new BtfEnum64(id, name, word, raw.Flag, ReadValues64(graph, raw)),
            _ => throw new UnreachableException("the indexer lets only known kinds through"),
        };
    }

    private static ImmutableArray<BtfMember> ReadMembers(BtfGraph graph, RawType raw)
    {
        var members = ImmutableArray.CreateBuilder<BtfMember>(raw.Length);
        for (int i = 0, word = 3; i < raw.Length; i++, word += 3)
        {
            uint offset = raw.Word(word + 2);
            members.Add(raw.Flag
                ? new(graph.GetString(raw.Word(word)), raw.Word(word + 1), offset & 0xffffff, (byte)(offset >> 24))
                : new(graph.GetString(raw.Word(word)), raw.Word(word + 1), offset, 0));
        }

        return members.MoveToImmutable();
    }

    private static ImmutableArray<BtfEnumValue> ReadValues(BtfGraph graph, RawType raw)
    {
        var values = ImmutableArray.CreateBuilder<BtfEnumValue>(raw.Length);
        for (int i = 0, word = 3; i < raw.Length; i++, word += 2)
        {
            uint bits = raw.Word(word + 1);
            values.Add(new(graph.GetString(raw.Word(word)), raw.Flag ? (int)bits : bits));
        }

        return values.MoveToImmutable();
    }

    private static ImmutableArray<BtfEnumValue> ReadValues64(BtfGraph graph, RawType raw)
    {
        var values = ImmutableArray.CreateBuilder<BtfEnumValue>(raw.Length);
        for (int i = 0, word = 3; i < raw.Length; i++, word += 3)
        {
            ulong bits = raw.Word(word + 1) | ((ulong)raw.Word(word + 2) << 32);
            values.Add(new(graph.GetString(raw.Word(word)), (long)bits));
        }

        return values.MoveToImmutable();
    }

    private static ImmutableArray<BtfParameter> ReadParameters(BtfGraph graph, RawType raw)
    {
        var parameters = ImmutableArray.CreateBuilder<BtfParameter>(raw.Length);
        for (int i = 0, word = 3; i < raw.Length; i++, word += 2)
        {
            parameters.Add(new(graph.GetString(raw.Word(word)), raw.Word(word + 1)));
        }

        return parameters.MoveToImmutable();
    }

    private static ImmutableArray<BtfSectionVariable> ReadVariables(RawType raw)
    {
        var variables = ImmutableArray.CreateBuilder<BtfSectionVariable>(raw.Length);
        for (int i = 0, word = 3; i < raw.Length; i++, word += 3)
        {
            variables.Add(new(raw.Word(word), raw.Word(word + 1), raw.Word(word + 2)));
        }

        return variables.MoveToImmutable();
    }
}
