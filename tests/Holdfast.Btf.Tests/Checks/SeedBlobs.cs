using Holdfast.Btf.Writing;

namespace Holdfast.Btf.Tests.Checks;

/// <summary>Blobs that the tests build.</summary>
internal static class SeedBlobs
{
    /// <summary>A valid blob with every kind, those that clang 14 doesn't write included.</summary>
    public static byte[] EveryKind()
    {
        var b = new BtfBuilder();
        uint i = b.Int("int", 4, BtfIntEncoding.Signed);
        uint c = b.Int("char", 1, BtfIntEncoding.Char);
        uint wide = b.Int("__int128", 16);
        uint flag = b.Int("_Bool", 1, BtfIntEncoding.Bool);
        uint legacy = b.Add(new BtfInt(0, "int", 4, BtfIntEncoding.Signed, 3, 5));
        uint text = b.Array(c, i, 16);
        uint matrix = b.Array(text, i, 3);
        uint color = b.Enum("color", 4, new("RED", 0), new("BLUE", -1));
        uint big = b.Enum("big", 8, new("FIRST", 1), new("LAST", long.MaxValue));
        uint number = b.Add(new BtfFloat(0, "double", 8));
        uint node = b.NextId;
        uint pointer = node + 1;
        b.Struct("node", 160, new("next", pointer, 0, 0), new("name", text, 64, 0), new("color", color, 192, 0), new("legacy", legacy, 224, 0),
            new("big", big, 256, 0), new("number", number, 320, 0), new("wide", wide, 384, 0), new("matrix", matrix, 512, 0));
        b.Pointer(node);
        uint bits = b.Struct("bits", 8, new("a", i, 0, 3), new("b", i, 3, 7), new("c", color, 10, 2), new("d", flag, 12, 1), new("e", c, 16, 0));
        uint union = b.Union("", 8, new("bits", bits, 0, 0), new("pointer", pointer, 0, 0), new("f", flag, 0, 0));
        uint forward = b.Add(new BtfForward(0, "unknown", true));
        uint tag = b.Add(new BtfTypeTag(0, "user", forward, false));
        uint tagged = b.Pointer(tag);
        uint constant = b.Add(new BtfConst(0, tagged));
        uint vol = b.Add(new BtfVolatile(0, constant));
        uint restricted = b.Add(new BtfRestrict(0, vol));
        uint alias = b.Typedef("alias", restricted);
        uint proto = b.Add(new BtfFunctionPrototype(0, alias, [new("first", pointer), new("second", i), new("", 0)]));
        uint function = b.Add(new BtfFunction(0, "function", proto, BtfFunctionLinkage.Global));
        uint variable = b.Add(new BtfVariable(0, "variable", union, BtfVariableLinkage.Global));
        uint other = b.Add(new BtfVariable(0, "other", alias, BtfVariableLinkage.Static));
        b.Add(new BtfDataSection(0, ".data..x", 24, [new(variable, 0, 8), new(other, 16, 8)]));
        b.Add(new BtfDeclTag(0, "tag", node, 2, false));
        b.Add(new BtfDeclTag(0, "tag", function, 1, false));
        b.Add(new BtfDeclTag(0, "tag", alias, -1, true));
        return b.ToArray();
    }
}
