using Holdfast.Btf;
using Holdfast.Btf.Writing;

namespace Holdfast.Tests.Transfer;

/// <summary>Random BTF types of all sorts that C has, for values of maps.</summary>
internal sealed class RandomTypes(Random random)
{
    private readonly BtfBuilder _builder = new();
    private int _names;

    /// <summary>Types with a key of some bytes and a value.</summary>
    public static (BtfGraph Graph, uint Key, int KeySize, uint Value, int ValueSize) Make(Random random)
    {
        RandomTypes types = new(random);
        (uint key, int keySize) = types.Struct(1);
        (uint value, int valueSize) = types.Struct(3);
        return (types._builder.Build(), key, keySize, value, valueSize);
    }

    private string Name(string prefix) => $"{prefix}{_names++}";

    private (uint Id, int Size) Any(int depth) => random.Next(depth > 0 ? 12 : 8) switch
    {
        0 => Int("char", 1, BtfIntEncoding.None),
        1 => Int("bool", 1, BtfIntEncoding.Bool),
        2 => Int("s", 1 << random.Next(4), BtfIntEncoding.Signed),
        3 => Int("u", 1 << random.Next(4), BtfIntEncoding.None),
        4 => (_builder.Enum(Name("e"), 4, new BtfEnumValue(Name("A"), 0), new BtfEnumValue(Name("B"), 1), new BtfEnumValue(Name("C"), 77)), 4),
        5 => (_builder.Pointer(0), 8),
        6 => Int("i128", 16, BtfIntEncoding.Signed),
        7 => random.Next(2) == 0 ? (_builder.Add(new BtfFloat(0, Name("f"), 4)), 4) : (_builder.Add(new BtfFloat(0, Name("d"), 8)), 8),
        8 or 9 => Array(depth - 1),
        10 => Union(depth - 1),
        _ => Struct(depth - 1),
    };

    private (uint Id, int Size) Int(string name, int size, BtfIntEncoding encoding) => (_builder.Int(name == "char" ? name : Name(name), (uint)size, encoding), size);

    private (uint Id, int Size) Array(int depth)
    {
        (uint element, int size) = Any(depth);
        uint count = (uint)random.Next(1, 6);
        return (_builder.Array(element, _builder.Int(Name("index"), 4), count), size * (int)count);
    }

    private (uint Id, int Size) Union(int depth)
    {
        List<BtfMember> members = [];
        int size = 0;
        for (int count = random.Next(1, 4); count > 0; count--)
        {
            (uint id, int bytes) = Any(depth);
            members.Add(new BtfMember(Name("u"), id, 0, 0));
            size = Math.Max(size, bytes);
        }

        return (_builder.Union(Name("un"), (uint)size, [.. members]), size);
    }

    /// <summary>With holes between members, bitfields, members without names, and room at the end.</summary>
    private (uint Id, int Size) Struct(int depth)
    {
        List<BtfMember> members = [];
        int at = 0;
        for (int count = random.Next(1, 5); count > 0; count--)
        {
            at += random.Next(4) == 0 ? random.Next(1, 5) : 0;
            if (random.Next(4) == 0)
            {
                uint id = _builder.Int(Name("b"), 4, random.Next(2) == 0 ? BtfIntEncoding.Signed : BtfIntEncoding.None);
                int bits = random.Next(1, 15);
                members.Add(new BtfMember(Name("bits"), id, (uint)(at * 8), (byte)bits));
                members.Add(new BtfMember(Name("bits"), id, (uint)((at * 8) + bits), (byte)random.Next(1, 15)));
                at += 4;
                continue;
            }

            bool isAnonymous = depth > 0 && random.Next(4) == 0;
            (uint type, int bytes) = isAnonymous ? random.Next(2) == 0 ? Struct(depth - 1) : Union(depth - 1) : Any(depth);
            members.Add(new BtfMember(isAnonymous ? "" : Name("m"), type, (uint)(at * 8), 0));
            at += bytes;
        }

        at += random.Next(3) == 0 ? random.Next(1, 8) : 0;
        return (_builder.Struct(Name("st"), (uint)at, [.. members]), at);
    }
}
