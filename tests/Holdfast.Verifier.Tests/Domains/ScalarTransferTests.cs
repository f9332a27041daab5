using CsCheck;
using Holdfast.Isa.Instructions;
using Holdfast.Verifier.Domains;

namespace Holdfast.Verifier.Tests.Domains;

public sealed class ScalarTransferTests
{
    private static readonly AluOperation[] Operations = [.. Enum.GetValues<AluOperation>().Where(op => op != AluOperation.End)];

    /// <summary>Starts of small windows that the exhaustive tests look at: each end of every interval.</summary>
    private static readonly ulong[] Windows = [0, 0x7ffffffe, 0xfffffffe, 0x7fffffff_fffffffe, 0xffffffff_7ffffffe, ulong.MaxValue - 1];

    [Fact]
    public void ResultsHoldWhatMembersGive()
    {
        Gen.Select(Samples.Any, Samples.Any, Samples.OneOf(Operations), Gen.Bool, Samples.OneOf(0, 0, 1, 8, 16, 32)).Sample((a, b, op, is64, extra) =>
        {
            int offset = OffsetOf(op, is64, extra);
            ScalarRange result = ScalarTransfer.Apply(op, is64, a.Range, b.Range, offset);
            ulong concrete = Concrete.Apply(op, is64, a.Member, b.Member, offset);
            Assert.True(result.Contains(concrete), $"{op} is64={is64} offset={offset}: {a.Member:x}, {b.Member:x} give {concrete:x}, not in {result}");
            Assert.Equal(result, result.Synchronize());
        }, iter: 150_000);
    }

    [Fact]
    public void ShiftsByConstantsHoldWhatMembersGive()
    {
        AluOperation[] shifts = [AluOperation.Lsh, AluOperation.Rsh, AluOperation.Arsh];
        Gen.Select(Samples.Any, Gen.ULong[0, 70], Samples.OneOf(shifts), Gen.Bool).Sample((a, count, op, is64) =>
        {
            ScalarRange result = ScalarTransfer.Apply(op, is64, a.Range, ScalarRange.Const(count), 0);
            Assert.True(result.Contains(Concrete.Apply(op, is64, a.Member, count, 0)), $"{op} is64={is64}: {a.Member:x} by {count} is not in {result}");
        }, iter: 100_000);
    }

    [Fact]
    public void EverySmallWindowIsCovered()
    {
        ScalarRange[] ranges = [.. from start in Windows from first in Enumerable.Range(0, 4) from count in Enumerable.Range(0, 4) select Window(start + (ulong)first, (ulong)count)];
        foreach (AluOperation op in Operations)
        {
            foreach (bool is64 in new[] { true, false })
            {
                foreach (ScalarRange a in ranges)
                {
                    foreach (ScalarRange b in ranges)
                        AssertCovers(op, is64, a, b);
                }
            }
        }
    }

    [Fact]
    public void OperationsOnConstantsAreConstants()
    {
        AluOperation[] exact = [AluOperation.Add, AluOperation.Sub, AluOperation.Mul, AluOperation.Or, AluOperation.And, AluOperation.Xor, AluOperation.Mov, AluOperation.Neg];
        Gen.Select(Samples.Number, Samples.Number, Samples.OneOf(exact), Gen.Bool).Sample((a, b, op, is64) =>
            Assert.Equal(ScalarRange.Const(Concrete.Apply(op, is64, a, b, 0)), ScalarTransfer.Apply(op, is64, ScalarRange.Const(a), ScalarRange.Const(b), 0)));
    }

    [Fact]
    public void ByteSwapsHoldWhatMembersGive() =>
        Gen.Select(Samples.Any, Samples.OneOf(16, 32, 64), Gen.Bool).Sample((a, bits, swap) =>
            Assert.True(ScalarTransfer.ByteSwap(a.Range, bits, swap).Contains(Concrete.ByteSwap(a.Member, bits, swap))), iter: 50_000);

    [Fact]
    public void MasksBoundUnknownNumbers()
    {
        ScalarRange masked = ScalarTransfer.Apply(AluOperation.And, true, ScalarRange.Unknown, ScalarRange.Const(0xff), 0);
        Assert.Equal(ScalarRange.FromUnsigned(0, 0xff), masked);
        ScalarRange scaled = ScalarTransfer.Apply(AluOperation.Lsh, true, masked, ScalarRange.Const(3), 0);
        Assert.Equal((0UL, 0x7f8UL, true), (scaled.UnsignedMin, scaled.UnsignedMax, scaled.Bits.IsAligned(8)));
    }

    [Fact]
    public void ShiftPairsSignExtend()
    {
        ScalarRange low = ScalarRange.Unknown with { Signed32Min = -7, Signed32Max = 9 };
        ScalarRange up = ScalarTransfer.Apply(AluOperation.Lsh, true, low.Synchronize(), ScalarRange.Const(32), 0);
        ScalarRange down = ScalarTransfer.Apply(AluOperation.Arsh, true, up, ScalarRange.Const(32), 0);
        Assert.Equal((-7L, 9L), (down.SignedMin, down.SignedMax));
    }

    [Fact]
    public void SumsThatAllWrapKeepTheirOrder()
    {
        ScalarRange sum = ScalarTransfer.Apply(AluOperation.Add, true, ScalarRange.FromUnsigned(ulong.MaxValue - 3, ulong.MaxValue), ScalarRange.Const(10), 0);
        Assert.Equal((6UL, 9UL), (sum.UnsignedMin, sum.UnsignedMax));
    }

    [Fact]
    public void NothingComesOfNothing()
    {
        foreach (AluOperation op in Operations.Where(op => op != AluOperation.Mov))
            Assert.True(ScalarTransfer.Apply(op, true, ScalarRange.Empty, ScalarRange.Const(1), 0).IsEmpty, op.ToString());
    }

    private static int OffsetOf(AluOperation op, bool is64, int extra) => op switch
    {
        AluOperation.Div or AluOperation.Mod => extra == 1 ? 1 : 0,
        AluOperation.Mov => extra is 8 or 16 || (extra == 32 && is64) ? extra : 0,
        _ => 0,
    };

    private static ScalarRange Window(ulong first, ulong count) =>
        Enumerable.Range(0, (int)count + 1).Select(step => ScalarRange.Const(first + (ulong)step)).Aggregate((x, y) => x.Union(y));

    private static void AssertCovers(AluOperation op, bool is64, in ScalarRange a, in ScalarRange b)
    {
        ScalarRange result = ScalarTransfer.Apply(op, is64, a, b, 0);
        foreach (ulong x in Members(a))
        {
            foreach (ulong y in Members(b))
            {
                ulong concrete = Concrete.Apply(op, is64, x, y, 0);
                if (!result.Contains(concrete))
                    Assert.Fail($"{op} is64={is64}: {x:x}, {y:x} give {concrete:x}, not in {result}");
            }
        }
    }

    private static IEnumerable<ulong> Members(ScalarRange range)
    {
        foreach (ulong start in Windows)
        {
            for (ulong step = 0; step < 8; step++)
            {
                if (range.Contains(start + step))
                    yield return start + step;
            }
        }
    }
}
