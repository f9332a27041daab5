using System.Buffers.Binary;

namespace Holdfast.Btf.Tests.Checks;

/// <summary>Damages blobs the way that finds most: single words, fields of records, lengths, cuts.</summary>
internal sealed class Mutator(int seed)
{
    private readonly Random _random = new(seed);

    public byte[] Mutate(byte[] source)
    {
        byte[] blob = (byte[])source.Clone();
        int changes = 1 + _random.Next(3);
        for (int i = 0; i < changes && blob.Length >= 28; i++)
        {
            switch (_random.Next(8))
            {
                case 0:
                    blob[_random.Next(blob.Length)] ^= (byte)(1 << _random.Next(8));
                    break;
                case 1 when _random.Next(10) == 0:
                    blob = blob[.._random.Next(blob.Length)];
                    break;
                case 2 when _random.Next(4) == 0:
                    Word(blob, _random.Next(6) * 4, Interesting());
                    break;
                case 3:
                    ref byte kind = ref blob[(24 + (_random.Next((blob.Length - 24) / 4 + 1) * 4) + 3) % blob.Length];
                    kind = (byte)_random.Next(22);
                    break;
                default:
                    Word(blob, _random.Next(blob.Length / 4) * 4, Interesting());
                    break;
            }
        }

        return blob;
    }

    private static void Word(byte[] blob, int at, uint value)
    {
        if (at + 4 <= blob.Length)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(blob.AsSpan(at), value);
        }
    }

    private uint Interesting() => _random.Next(7) switch
    {
        0 => (uint)_random.Next(64),
        1 => (uint)_random.Next(1024),
        2 => 0,
        3 => uint.MaxValue - (uint)_random.Next(3),
        4 => 1u << _random.Next(32),
        5 => ((uint)_random.Next(20) << 24) | (uint)_random.Next(4),
        _ => (uint)_random.Next(),
    };
}
