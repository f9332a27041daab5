using CsCheck;
using Holdfast.Verifier.Domains;

namespace Holdfast.Verifier.Tests.Domains;

public sealed class ScalarRangeTests
{
    [Fact]
    public void SynchronizingLosesNoMember() =>
        Samples.Any.Sample(sample => Assert.True(sample.Range.Contains(sample.Member), $"{sample.Member:x} is not in {sample.Range}"), iter: 100_000);

    [Fact]
    public void SynchronizingTwiceChangesNothing() =>
        Samples.Any.Sample(sample => Assert.Equal(sample.Range, sample.Range.Synchronize()), iter: 100_000);

    [Fact]
    public void WideningNarrowingAndMeetingKeepMembers()
    {
        Gen.Select(Samples.Any, Samples.Any).Sample((a, b) =>
        {
            Assert.True(a.Range.ZeroExtend32().Contains((uint)a.Member));
            Assert.True(a.Range.Truncate(1).Contains((byte)a.Member));
            Assert.True(a.Range.Truncate(2).Contains((ushort)a.Member));
            Assert.True(a.Range.SignExtend(1).Contains((ulong)(sbyte)a.Member));
            Assert.True(a.Range.SignExtend(2).Contains((ulong)(short)a.Member));
            Assert.True(a.Range.SignExtend(4).Contains((ulong)(int)a.Member));
            Assert.True(a.Range.Union(b.Range).Contains(a.Member));
            Assert.True(a.Range.Union(b.Range).Contains(b.Range));
            if (b.Range.Contains(a.Member))
                Assert.True(a.Range.Intersect(b.Range).Contains(a.Member));
        }, iter: 100_000);
    }

    [Fact]
    public void ContainsIsReflexiveAndTransitive()
    {
        Gen.Select(Samples.Any, Samples.Any, Samples.Any).Sample((a, b, c) =>
        {
            ScalarRange ab = a.Range.Union(b.Range);
            ScalarRange abc = ab.Union(c.Range);
            Assert.True(a.Range.Contains(a.Range));
            Assert.True(abc.Contains(ab) && ab.Contains(a.Range));
            Assert.True(abc.Contains(a.Range));
            foreach (ScalarRange x in new[] { a.Range, b.Range, ab })
            {
                foreach (ScalarRange y in new[] { a.Range, c.Range, abc })
                {
                    foreach (ScalarRange z in new[] { b.Range, c.Range, a.Range })
                        Assert.True(!(x.Contains(y) && y.Contains(z)) || x.Contains(z));
                }
            }
        }, iter: 30_000);
    }

    [Fact]
    public void ContainsIsMembership() =>
        Gen.Select(Samples.Any, Samples.Any).Sample((a, b) => Assert.True(!a.Range.Contains(b.Range) || a.Range.Contains(b.Member)), iter: 100_000);

    [Fact]
    public void ConstantsAreKnownInEveryPart()
    {
        Samples.Number.Sample(value =>
        {
            ScalarRange constant = ScalarRange.Const(value);
            Assert.True(constant.IsConst);
            Assert.Equal(value, constant.ConstValue);
            Assert.Equal(constant, constant.Synchronize());
            Assert.Equal(constant, ScalarRange.FromUnsigned(value, value));
            Assert.Equal(constant, ScalarRange.FromSigned((long)value, (long)value));
            Assert.Equal(constant, ScalarRange.FromBits(Tnum.Const(value)));
        });
    }

    [Fact]
    public void ContradictionsAreEmpty()
    {
        Assert.True(ScalarRange.FromUnsigned(5, 4).IsEmpty);
        Assert.True(ScalarRange.FromUnsigned(0, 7).Intersect(ScalarRange.FromUnsigned(8, 9)).IsEmpty);
        Assert.True(ScalarRange.FromBits(new Tnum(1, ~1UL)).Intersect(ScalarRange.Const(4)).IsEmpty);
        Assert.True(ScalarRange.Empty.Synchronize().IsEmpty);
        Assert.False(ScalarRange.Empty.IsConst);
        Assert.Equal(ScalarRange.Const(3), ScalarRange.Empty.Union(ScalarRange.Const(3)));
        Assert.False(ScalarRange.Unknown.IsEmpty);
    }

    /// <summary>A signed interval across zero and an unsigned one that meets only its positive half.</summary>
    [Fact]
    public void TheHalfThatTheUnsignedIntervalExcludesIsGone()
    {
        ScalarRange range = ScalarRange.FromSigned(-10, 100).Intersect(ScalarRange.FromUnsigned(5, 0xffffffff_00000000));
        Assert.Equal((5L, 100L, 5UL, 100UL), (range.SignedMin, range.SignedMax, range.UnsignedMin, range.UnsignedMax));
        range = ScalarRange.FromSigned(-10, 100).Intersect(ScalarRange.FromUnsigned(200, ulong.MaxValue));
        Assert.Equal((-10L, -1L), (range.SignedMin, range.SignedMax));
    }

    [Fact]
    public void LowHalvesTeachTheWhole()
    {
        ScalarRange range = (ScalarRange.FromSigned(int.MinValue, int.MaxValue) with { Signed32Min = -3, Signed32Max = 4 }).Synchronize();
        Assert.Equal((-3L, 4L), (range.SignedMin, range.SignedMax));
        range = ScalarRange.FromUnsigned(0x1_00000000, 0x1_00000010);
        Assert.Equal((0u, 0x10u, 0, 0x10), (range.Unsigned32Min, range.Unsigned32Max, range.Signed32Min, range.Signed32Max));
        range = ScalarRange.FromSigned(-5, 5);
        Assert.Equal((-5, 5), (range.Signed32Min, range.Signed32Max));
    }
}
