using CsCheck;
using Holdfast.Verifier.Domains;

namespace Holdfast.Verifier.Tests.Domains;

public sealed class TnumTests
{
    private const int Width = 4;
    private const ulong WidthMask = (1UL << Width) - 1;

    private static readonly Tnum[] Small =
    [
        .. from mask in Enumerable.Range(0, 1 << Width)
           from value in Enumerable.Range(0, 1 << Width)
           where (mask & value) == 0
           select new Tnum((ulong)value, (ulong)mask),
    ];

    [Fact]
    public void RangeIsTheSmallestThatHoldsBothEnds()
    {
        for (ulong min = 0; min < 64; min++)
        {
            for (ulong max = min; max < 64; max++)
            {
                Tnum range = Tnum.Range(min, max);
                for (ulong value = min; value <= max; value++)
                    Assert.True(range.Contains(value));
                Assert.Equal(Enumerable.Range((int)min, (int)(max - min) + 1).Select(v => Tnum.Const((ulong)v)).Aggregate((a, b) => a.Union(b)), range);
            }
        }

        Assert.Equal(Tnum.Unknown, Tnum.Range(0, ulong.MaxValue));
    }

    [Fact]
    public void SumAndDifferenceAreExact()
    {
        AssertBest((a, b) => a.Add(b), (x, y) => x + y);
        AssertBest((a, b) => a.Subtract(b), (x, y) => x - y);
    }

    [Fact]
    public void BitwiseOperationsAreExact()
    {
        AssertBest((a, b) => a.And(b), (x, y) => x & y);
        AssertBest((a, b) => a.Or(b), (x, y) => x | y);
        AssertBest((a, b) => a.Xor(b), (x, y) => x ^ y);
    }

    [Fact]
    public void ProductHoldsEveryProduct()
    {
        foreach (Tnum a in Small)
        {
            foreach (Tnum b in Small)
            {
                Tnum product = a.Multiply(b);
                Assert.True(product.Contains(Best(a, b, (x, y) => x * y)), $"{a} * {b} = {product}");
                Assert.Equal(0UL, product.Value & product.Mask);
            }
        }
    }

    [Fact]
    public void SetOperationsAgreeWithMembership()
    {
        foreach (Tnum a in Small)
        {
            foreach (Tnum b in Small)
            {
                HashSet<ulong> inA = [.. Members(a)];
                HashSet<ulong> inB = [.. Members(b)];
                Assert.Equal(inB.IsSubsetOf(inA), a.Contains(b));
                Assert.Equal(inA.Overlaps(inB), a.Overlaps(b));
                if (a.Overlaps(b))
                    Assert.Equal(inA.Intersect(inB).Order(), Members(a.Intersect(b)).Order());
            }
        }

        AssertBestOfOne((a, b) => a.Union(b));
    }

    [Fact]
    public void OperationsOnWholeWordsHoldTheirMembers()
    {
        Gen.Select(Tristate, Tristate).Sample((a, b) =>
        {
            Assert.True(a.Bits.Add(b.Bits).Contains(a.Member + b.Member));
            Assert.True(a.Bits.Subtract(b.Bits).Contains(a.Member - b.Member));
            Assert.True(a.Bits.Multiply(b.Bits).Contains(a.Member * b.Member));
            Assert.True(a.Bits.Negate().Contains(0 - a.Member));
            Assert.True(a.Bits.SignExtend(1).Contains((ulong)(sbyte)a.Member));
            Assert.True(a.Bits.SignExtend(4).Contains((ulong)(int)a.Member));
            Assert.True(a.Bits.Cast(2).Contains((ushort)a.Member));
            Assert.True(a.Bits.WithLow32(b.Bits).Contains((a.Member & 0xffffffff_00000000) | (uint)b.Member));
            int count = (int)(b.Member & 63);
            Assert.True(a.Bits.ShiftLeft(count).Contains(a.Member << count));
            Assert.True(a.Bits.ShiftRight(count).Contains(a.Member >> count));
            Assert.True(a.Bits.ArithmeticShiftRight(count).Contains((ulong)((long)a.Member >> count)));
            Assert.True(a.Bits.ArithmeticShiftRight(count & 31, 32).Contains((uint)((int)a.Member >> (count & 31))));
        }, iter: 50_000);
    }

    [Theory]
    [InlineData(0, 0, 8, true)]
    [InlineData(8, 0x10, 8, true)]
    [InlineData(8, 0x10, 16, false)]
    [InlineData(4, 0, 8, false)]
    [InlineData(0, 4, 8, false)]
    [InlineData(3, 4, 1, true)]
    public void AlignmentLooksAtUnknownBitsToo(ulong value, ulong mask, ulong size, bool aligned) =>
        Assert.Equal(aligned, new Tnum(value, mask).IsAligned(size));

    private static Gen<(Tnum Bits, ulong Member)> Tristate { get; } =
        Samples.Any.Select(sample => (sample.Range.Bits, sample.Member));

    private static IEnumerable<ulong> Members(Tnum tnum) => Enumerable.Range(0, 1 << Width).Select(v => (ulong)v).Where(tnum.Contains);

    private static Tnum Best(Tnum a, Tnum b, Func<ulong, ulong, ulong> op)
    {
        Tnum? best = null;
        foreach (ulong x in Members(a))
        {
            foreach (ulong y in Members(b))
                best = best?.Union(Tnum.Const(op(x, y))) ?? Tnum.Const(op(x, y));
        }

        return best!.Value;
    }

    private static void AssertBest(Func<Tnum, Tnum, Tnum> abstracted, Func<ulong, ulong, ulong> op)
    {
        foreach (Tnum a in Small)
        {
            foreach (Tnum b in Small)
            {
                Tnum best = Best(a, b, op);
                Tnum got = abstracted(a, b);
                Assert.Equal((best.Value & WidthMask, best.Mask & WidthMask), (got.Value & WidthMask, got.Mask & WidthMask));
                Assert.True(got.Contains(best));
            }
        }
    }

    private static void AssertBestOfOne(Func<Tnum, Tnum, Tnum> union)
    {
        foreach (Tnum a in Small)
        {
            foreach (Tnum b in Small)
                Assert.Equal(Members(a).Concat(Members(b)).Select(Tnum.Const).Aggregate((x, y) => x.Union(y)), union(a, b));
        }
    }
}
