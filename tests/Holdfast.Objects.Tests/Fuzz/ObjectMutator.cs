using System.Buffers.Binary;
using Holdfast.Objects.Elf;

namespace Holdfast.Objects.Tests.Fuzz;

/// <summary>Damages object files where it hurts: header, section table, symbols, relocations, BTF, or anywhere.</summary>
internal sealed class ObjectMutator(int seed)
{
    private readonly Random _random = new(seed);

    public byte[] Mutate(byte[] source, ElfFile elf)
    {
        byte[] file = [.. source];
        int changes = 1 + _random.Next(4);
        for (int i = 0; i < changes; i++)
        {
            (int start, int length) = Region(file, elf);
            if (length < 8)
            {
                continue;
            }

            int place = start + _random.Next(length);
            switch (_random.Next(6))
            {
                case 0:
                    file[place] ^= (byte)(1 << _random.Next(8));
                    break;
                case 1:
                    file[place] = (byte)_random.Next(256);
                    break;
                case 2 when _random.Next(20) == 0:
                    return file[..place];
                case 3:
                    Write(file, place & ~7, (ulong)Interesting(), 8);
                    break;
                case 4:
                    int from = start + _random.Next(length);
                    int count = Math.Min(_random.Next(64), Math.Min(length - (from - start), length - (place - start)));
                    file.AsSpan(from, count).CopyTo(file.AsSpan(place));
                    break;
                default:
                    Write(file, place & ~3, (ulong)Interesting(), 4);
                    break;
            }
        }

        return file;
    }

    private (int Start, int Length) Region(byte[] file, ElfFile elf)
    {
        switch (_random.Next(4))
        {
            case 0:
                return (0, Math.Min(64, file.Length));
            case 1:
                int table = (int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(40));
                return table > 0 && table < file.Length ? (table, file.Length - table) : (0, file.Length);
            case 2:
                ElfSection section = elf.Sections[_random.Next(elf.Sections.Length)];
                return section.Data.IsEmpty ? (0, file.Length) : ((int)section.Offset, section.Data.Length);
            default:
                return (0, file.Length);
        }
    }

    private static void Write(byte[] file, int place, ulong value, int size)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        bytes[..Math.Min(size, file.Length - place)].CopyTo(file.AsSpan(place));
    }

    private long Interesting() => _random.Next(8) switch
    {
        0 => 0,
        1 => -1,
        2 => _random.Next(64),
        3 => _random.Next(4096),
        4 => 1L << _random.Next(63),
        5 => int.MaxValue,
        6 => long.MaxValue,
        _ => _random.NextInt64(),
    };
}
