using CsCheck;
using Holdfast.Isa.Instructions;
using Holdfast.Verifier.Domains;

namespace Holdfast.Verifier.Tests.Domains;

public sealed class BranchRefinementTests
{
    private static readonly JumpOperation[] Comparisons =
    [
        JumpOperation.Jeq, JumpOperation.Jne, JumpOperation.Jset, JumpOperation.Jgt, JumpOperation.Jge, JumpOperation.Jlt, JumpOperation.Jle,
        JumpOperation.Jsgt, JumpOperation.Jsge, JumpOperation.Jslt, JumpOperation.Jsle,
    ];

    private static Gen<((ScalarRange Range, ulong Member) L, (ScalarRange Range, ulong Member) R, JumpOperation Op, bool Is32)> Comparison { get; } =
        Gen.Select(Samples.Any, Samples.Any, Samples.OneOf(Comparisons), Gen.Bool, Gen.Int[0, 3], (l, r, op, is32, same) =>
            same == 0 && l.Range.Contains(r.Member) ? ((l.Range, r.Member), r, op, is32) : (l, r, op, is32));

    [Fact]
    public void DecisionsHoldForMembers()
    {
        Comparison.Sample(c =>
        {
            bool? decided = BranchRefinement.Decide(c.Op, c.L.Range, c.R.Range, c.Is32);
            if (decided is { } outcome)
                Assert.Equal(Concrete.Holds(c.Op, c.Is32, c.L.Member, c.R.Member), outcome);
        }, iter: 150_000);
    }

    [Fact]
    public void RefinementKeepsTheMembersThatGoThatWay()
    {
        Comparison.Sample(c =>
        {
            (ScalarRange l, ScalarRange r) = (c.L.Range, c.R.Range);
            BranchRefinement.Refine(c.Op, c.Is32, Concrete.Holds(c.Op, c.Is32, c.L.Member, c.R.Member), ref l, ref r);
            Assert.True(l.Contains(c.L.Member), $"{c.Op} is32={c.Is32}: {c.L.Member:x} is lost, {l}");
            Assert.True(r.Contains(c.R.Member), $"{c.Op} is32={c.Is32}: {c.R.Member:x} is lost, {r}");
        }, iter: 150_000);
    }

    [Fact]
    public void RefinementOnlyRemoves()
    {
        Gen.Select(Comparison, Gen.Bool).Sample((c, taken) =>
        {
            (ScalarRange l, ScalarRange r) = (c.L.Range, c.R.Range);
            BranchRefinement.Refine(c.Op, c.Is32, taken, ref l, ref r);
            Assert.True(c.L.Range.Contains(l) && c.R.Range.Contains(r));
            Assert.Equal(l, l.Synchronize());
            Assert.Equal(r, r.Synchronize());
        }, iter: 100_000);
    }

    /// <summary>What a decision excludes, refinement need not find; what refinement finds empty, no decision may claim.</summary>
    [Fact]
    public void EmptyPathsAreNeverDecidedForTaken()
    {
        Gen.Select(Comparison, Gen.Bool).Sample((c, taken) =>
        {
            (ScalarRange l, ScalarRange r) = (c.L.Range, c.R.Range);
            BranchRefinement.Refine(c.Op, c.Is32, taken, ref l, ref r);
            if (l.IsEmpty)
                Assert.NotEqual(taken, BranchRefinement.Decide(c.Op, c.L.Range, c.R.Range, c.Is32));
        }, iter: 100_000);
    }

    [Fact]
    public void EverySmallIntervalIsCovered()
    {
        foreach (ulong start in new[] { 0UL, 0x7ffffffeUL, 0xfffffffeUL, 0x7fffffff_fffffffeUL, ulong.MaxValue - 1 })
        {
            foreach (JumpOperation op in Comparisons)
            {
                foreach (bool is32 in new[] { true, false })
                    AssertIntervals(op, is32, start);
            }
        }
    }

    [Fact]
    public void BoundsAreLearnt()
    {
        ScalarRange l = ScalarRange.Unknown;
        ScalarRange r = ScalarRange.Const(10);
        BranchRefinement.Refine(JumpOperation.Jlt, false, true, ref l, ref r);
        Assert.Equal(ScalarRange.FromUnsigned(0, 9), l);

        l = ScalarRange.FromUnsigned(0, 10);
        BranchRefinement.Refine(JumpOperation.Jne, false, true, ref l, ref r);
        Assert.Equal(9UL, l.UnsignedMax);

        l = ScalarRange.Unknown;
        r = ScalarRange.Const(0xf0);
        BranchRefinement.Refine(JumpOperation.Jset, false, false, ref l, ref r);
        Assert.Equal(new Tnum(0, ~0xf0UL), l.Bits);

        l = ScalarRange.Unknown;
        r = ScalarRange.Const(0x10);
        BranchRefinement.Refine(JumpOperation.Jset, true, true, ref l, ref r);
        Assert.Equal(new Tnum(0x10, ~0x10UL), l.Bits);

        l = ScalarRange.FromUnsigned(0, 100);
        r = ScalarRange.FromUnsigned(50, 200);
        BranchRefinement.Refine(JumpOperation.Jeq, false, true, ref l, ref r);
        Assert.Equal(l, r);
        Assert.Equal((50UL, 100UL), (l.UnsignedMin, l.UnsignedMax));
    }

    [Fact]
    public void ImpossiblePathsAreEmpty()
    {
        ScalarRange l = ScalarRange.FromUnsigned(0, 5);
        ScalarRange r = ScalarRange.Const(0);
        BranchRefinement.Refine(JumpOperation.Jlt, false, true, ref l, ref r);
        Assert.True(l.IsEmpty && r.IsEmpty);

        l = ScalarRange.Const(7);
        r = ScalarRange.Const(7);
        BranchRefinement.Refine(JumpOperation.Jne, false, true, ref l, ref r);
        Assert.True(l.IsEmpty && r.IsEmpty);
    }

    private static void AssertIntervals(JumpOperation op, bool is32, ulong start)
    {
        for (ulong lMin = 0; lMin < 5; lMin++)
        {
            for (ulong lCount = 0; lMin + lCount < 5; lCount++)
            {
                for (ulong rMin = 0; rMin < 5; rMin++)
                {
                    for (ulong rCount = 0; rMin + rCount < 5; rCount++)
                        AssertPair(op, is32, start + lMin, lCount, start + rMin, rCount);
                }
            }
        }
    }

    private static void AssertPair(JumpOperation op, bool is32, ulong lMin, ulong lCount, ulong rMin, ulong rCount)
    {
        ScalarRange left = Interval(lMin, lCount);
        ScalarRange right = Interval(rMin, rCount);
        bool? decided = BranchRefinement.Decide(op, left, right, is32);
        foreach (bool taken in new[] { true, false })
        {
            (ScalarRange l, ScalarRange r) = (left, right);
            BranchRefinement.Refine(op, is32, taken, ref l, ref r);
            for (ulong i = 0; i <= lCount; i++)
            {
                for (ulong j = 0; j <= rCount; j++)
                {
                    if (Concrete.Holds(op, is32, lMin + i, rMin + j) != taken)
                        continue;
                    Assert.True(decided is null || decided == taken);
                    Assert.True(l.Contains(lMin + i) && r.Contains(rMin + j), $"{op} is32={is32}: {lMin + i:x} and {rMin + j:x} are lost");
                }
            }
        }
    }

    private static ScalarRange Interval(ulong min, ulong count) =>
        Enumerable.Range(0, (int)count + 1).Select(step => ScalarRange.Const(min + (ulong)step)).Aggregate((x, y) => x.Union(y));
}
