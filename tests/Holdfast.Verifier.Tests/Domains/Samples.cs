using CsCheck;
using Holdfast.Verifier.Domains;

namespace Holdfast.Verifier.Tests.Domains;

/// <summary>Ranges together with numbers that they must hold.</summary>
internal static class Samples
{
    private static readonly ulong[] Corners =
    [
        0, 1, 2, 7, 8, 31, 32, 63, 64, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff,
        0x1_00000000, 0x1_00000001, 0x1_80000000, 0x7fffffff_ffffffff, 0x80000000_00000000, 0x80000000_00000001,
        0xffffffff_00000000, 0xffffffff_7fffffff, 0xffffffff_80000000, 0xffffffff_fffffffe, ulong.MaxValue,
    ];

    public static Gen<ulong> Number { get; } = Gen.OneOf(
        OneOf(Corners),
        OneOf(Corners).Select(Gen.ULong[0, 20], (corner, step) => corner + step - 10),
        Gen.ULong[0, 100],
        Gen.ULong);

    /// <summary>How wide an interval reaches to one side.</summary>
    private static Gen<ulong> Reach { get; } = Gen.OneOf(
        Gen.Const(0UL),
        Gen.ULong[0, 16],
        Gen.ULong.Select(Gen.Int[0, 63], (value, shift) => value >> shift),
        Gen.Const(ulong.MaxValue));

    private static Gen<ulong> Mask { get; } = Gen.OneOf(
        Gen.Const(0UL),
        Gen.Const(ulong.MaxValue),
        Gen.ULong,
        Gen.ULong.Select(Gen.Int[0, 63], (value, shift) => value >> shift),
        Gen.ULong.Select(Gen.ULong, (one, other) => one & other));

    /// <summary>Each part is made on its own, around the same number.</summary>
    public static Gen<(ScalarRange Range, ulong Member)> Any { get; } =
        Gen.Select(Number, Mask, Reach.Array[8], Gen.Int[0, 4], (member, mask, reach, kind) => kind == 0
            ? (ScalarRange.Const(member), member)
            : (Around(member, mask, reach).Synchronize(), member));

    public static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    public static ScalarRange Around(ulong member, ulong mask, ulong[] reach) => new()
    {
        Bits = new Tnum(member & ~mask, mask),
        UnsignedMin = member - Math.Min(member, reach[0]),
        UnsignedMax = member + Math.Min(ulong.MaxValue - member, reach[1]),
        SignedMin = (long)(member - Math.Min(member - 0x80000000_00000000, reach[2])),
        SignedMax = (long)(member + Math.Min(0x7fffffff_ffffffff - member, reach[3])),
        Unsigned32Min = (uint)member - (uint)Math.Min((uint)member, reach[4]),
        Unsigned32Max = (uint)member + (uint)Math.Min(uint.MaxValue - (uint)member, reach[5]),
        Signed32Min = (int)((uint)member - (uint)Math.Min((uint)member - 0x80000000, reach[6])),
        Signed32Max = (int)((uint)member + (uint)Math.Min(0x7fffffff - (uint)member, reach[7])),
    };
}
