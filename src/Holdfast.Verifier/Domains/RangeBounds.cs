namespace Holdfast.Verifier.Domains;

/// <summary>
/// A <see cref="ScalarRange"/> under work: the same parts, mutable, and the deduction between them (Linux: <c>reg_bounds_sync</c>).
/// Every rule only removes numbers that some part excludes already, so any order and any number of rounds is sound; the kernel goes
/// round three times, this until nothing changes.
/// </summary>
internal struct RangeBounds(in ScalarRange range)
{
    public Tnum Bits = range.Bits;
    public long SignedMin = range.SignedMin;
    public long SignedMax = range.SignedMax;
    public ulong UnsignedMin = range.UnsignedMin;
    public ulong UnsignedMax = range.UnsignedMax;
    public int Signed32Min = range.Signed32Min;
    public int Signed32Max = range.Signed32Max;
    public uint Unsigned32Min = range.Unsigned32Min;
    public uint Unsigned32Max = range.Unsigned32Max;
    private bool _contradiction = range.IsEmpty;

    /// <summary>No number is left.</summary>
    public void Contradict() => _contradiction = true;

    /// <summary>Forgets the intervals of the whole.</summary>
    public void Forget64()
    {
        ForgetSigned();
        ForgetUnsigned();
    }

    /// <summary>Forgets the intervals of the low half.</summary>
    public void Forget32()
    {
        ForgetSigned32();
        ForgetUnsigned32();
    }

    public void ForgetSigned() => (SignedMin, SignedMax) = (long.MinValue, long.MaxValue);

    public void ForgetUnsigned() => (UnsignedMin, UnsignedMax) = (0, ulong.MaxValue);

    public void ForgetSigned32() => (Signed32Min, Signed32Max) = (int.MinValue, int.MaxValue);

    public void ForgetUnsigned32() => (Unsigned32Min, Unsigned32Max) = (0, uint.MaxValue);

    /// <summary>Takes only what the other knows too.</summary>
    public void Meet(in ScalarRange other)
    {
        _contradiction |= other.IsEmpty;
        MeetBits(other.Bits);
        MeetSigned(other.SignedMin, other.SignedMax);
        MeetUnsigned(other.UnsignedMin, other.UnsignedMax);
        MeetLow(other);
    }

    /// <summary>Takes only what the other knows of the low half too.</summary>
    public void Meet32(in ScalarRange other)
    {
        _contradiction |= other.IsEmpty;
        MeetBits(Bits.WithLow32(other.Bits));
        MeetLow(other);
    }

    public void MeetBits(Tnum bits)
    {
        if (Bits.Overlaps(bits))
            Bits = Bits.Intersect(bits);
        else
            _contradiction = true;
    }

    public void MeetSigned(long min, long max)
    {
        SignedMin = Math.Max(SignedMin, min);
        SignedMax = Math.Min(SignedMax, max);
    }

    public void MeetUnsigned(ulong min, ulong max)
    {
        UnsignedMin = Math.Max(UnsignedMin, min);
        UnsignedMax = Math.Min(UnsignedMax, max);
    }

    public void MeetSigned32(int min, int max)
    {
        Signed32Min = Math.Max(Signed32Min, min);
        Signed32Max = Math.Min(Signed32Max, max);
    }

    public void MeetUnsigned32(uint min, uint max)
    {
        Unsigned32Min = Math.Max(Unsigned32Min, min);
        Unsigned32Max = Math.Min(Unsigned32Max, max);
    }

    /// <summary>Deduces until nothing changes.</summary>
    public ScalarRange Synchronize()
    {
        ScalarRange before;
        ScalarRange after = Snapshot();
        do
        {
            before = after;
            BoundsFromBits();
            LowFromWhole();
            SignFromSign32();
            SignFromSign64();
            WholeFromLow();
            if (IsContradiction)
                return ScalarRange.Empty;
            BitsFromBounds();
            if (IsContradiction)
                return ScalarRange.Empty;
            after = Snapshot();
        }
        while (after != before);
        return after;
    }

    private readonly bool IsContradiction =>
        _contradiction || UnsignedMin > UnsignedMax || SignedMin > SignedMax || Unsigned32Min > Unsigned32Max || Signed32Min > Signed32Max;

    private void MeetLow(in ScalarRange other)
    {
        MeetSigned32(other.Signed32Min, other.Signed32Max);
        MeetUnsigned32(other.Unsigned32Min, other.Unsigned32Max);
    }

    /// <summary>The extremes that the bits allow; an unknown sign bit is set in the smallest and clear in the largest signed number.</summary>
    private void BoundsFromBits()
    {
        MeetUnsigned(Bits.Minimum, Bits.Maximum);
        MeetSigned(
            (long)(Bits.Value | (Bits.Mask & 0x80000000_00000000)),
            (long)(Bits.Value | (Bits.Mask & 0x7fffffff_ffffffff)));
        MeetUnsigned32((uint)Bits.Minimum, (uint)Bits.Maximum);
        MeetSigned32(
            (int)((uint)Bits.Value | ((uint)Bits.Mask & 0x80000000)),
            (int)((uint)Bits.Value | ((uint)Bits.Mask & 0x7fffffff)));
    }

    /// <summary>The low half's intervals out of the whole's, where the high half is one number or two successive ones.</summary>
    private void LowFromWhole()
    {
        LowFrom(UnsignedMin, UnsignedMax);
        LowFrom((ulong)SignedMin, (ulong)SignedMax);
    }

    private void LowFrom(ulong min, ulong max)
    {
        uint highMin = (uint)(min >> 32);
        uint highMax = (uint)(max >> 32);
        if (highMin == highMax)
        {
            if ((uint)min <= (uint)max)
                MeetUnsigned32((uint)min, (uint)max);
            if ((int)min <= (int)max)
                MeetSigned32((int)min, (int)max);
        }
        else if (highMin + 1 == highMax && (int)min < 0 && (int)max >= 0)
        {
            // … ffffffff_fffffffe, 00000000_00000001 …: crossing between two high halves is the low half crossing from -1 to 0.
            MeetSigned32((int)min, (int)max);
        }
    }

    private void SignFromSign32()
    {
        if ((int)Unsigned32Min <= (int)Unsigned32Max)
            MeetSigned32((int)Unsigned32Min, (int)Unsigned32Max);
        if ((uint)Signed32Min <= (uint)Signed32Max)
            MeetUnsigned32((uint)Signed32Min, (uint)Signed32Max);
        else if (Unsigned32Max < (uint)Signed32Min)
            MeetBoth32(0, Signed32Max);
        else if ((uint)Signed32Max < Unsigned32Min)
            MeetBoth32(Signed32Min, -1);
    }

    private void MeetBoth32(int min, int max)
    {
        MeetSigned32(min, max);
        MeetUnsigned32((uint)min, (uint)max);
    }

    private void SignFromSign64()
    {
        if ((long)UnsignedMin <= (long)UnsignedMax)
            MeetSigned((long)UnsignedMin, (long)UnsignedMax);
        if ((ulong)SignedMin <= (ulong)SignedMax)
            MeetUnsigned((ulong)SignedMin, (ulong)SignedMax);
        else if (UnsignedMax < (ulong)SignedMin)
            MeetBoth64(0, SignedMax);
        else if ((ulong)SignedMax < UnsignedMin)
            MeetBoth64(SignedMin, -1);
    }

    /// <summary>A signed interval across zero is two unsigned ones; where the unsigned one meets only one of them, that is all there is.</summary>
    private void MeetBoth64(long min, long max)
    {
        MeetSigned(min, max);
        MeetUnsigned((ulong)min, (ulong)max);
    }

    /// <summary>The whole's intervals out of the low half's.</summary>
    private void WholeFromLow()
    {
        const ulong High = 0xffffffff_00000000;
        MeetUnsigned((UnsignedMin & High) | Unsigned32Min, (UnsignedMax & High) | Unsigned32Max);
        MeetSigned((long)(((ulong)SignedMin & High) | Unsigned32Min), (long)(((ulong)SignedMax & High) | Unsigned32Max));
        if (SignedMin >= int.MinValue && SignedMax <= int.MaxValue)
            MeetSigned(Signed32Min, Signed32Max);
    }

    private void BitsFromBounds()
    {
        MeetBits(Tnum.Range(UnsignedMin, UnsignedMax));
        MeetBits(Bits.WithLow32(Tnum.Range(Unsigned32Min, Unsigned32Max)));
    }

    private readonly ScalarRange Snapshot() => new()
    {
        Bits = Bits,
        SignedMin = SignedMin,
        SignedMax = SignedMax,
        UnsignedMin = UnsignedMin,
        UnsignedMax = UnsignedMax,
        Signed32Min = Signed32Min,
        Signed32Max = Signed32Max,
        Unsigned32Min = Unsigned32Min,
        Unsigned32Max = Unsigned32Max,
    };
}
