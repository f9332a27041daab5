namespace Holdfast.Verifier.Analysis;

/// <summary>
/// Whether a kept state covers a new one, so that walking on finds nothing new (<c>states_equal</c>). The argument: if the kept state's paths were all
/// accepted, each check on them held for every value that the kept state allows. The new state allows a subset of these values in everything that can be
/// read; a number that no check, branch or pointer depended on (not <see cref="RegisterState.Precise"/>) may differ, since then no outcome differs.
/// </summary>
internal sealed class StateComparison(ushort[] live, bool privileged)
{
    private static readonly SpilledRegister Unbounded = new(RegisterState.Unknown);

    private readonly IdentityMap _identities = new();

    public bool Covers(VerifierState old, VerifierState current, Exactness exactness)
    {
        if (old.Frames.Count != current.Frames.Count || old.IsSleepable != current.IsSleepable)
        {
            return false;
        }

        _identities.Reset();
        if (!SameReferences(old, current))
        {
            return false;
        }

        for (int i = 0; i < old.Frames.Count; i++)
        {
            if (old.Frames[i].CallSite != current.Frames[i].CallSite || old.Frames[i].Callback != current.Frames[i].Callback)
            {
                return false;
            }

            int index = i + 1 < old.Frames.Count ? old.Frames[i + 1].CallSite : current.Index;
            if (!Covers(old.Frames[i], current.Frames[i], live[index], exactness))
            {
                return false;
            }
        }

        return true;
    }

    private bool Covers(FunctionState old, FunctionState current, int alive, Exactness exactness)
    {
        if (old.CallbackDepth > current.CallbackDepth)
        {
            return false;
        }

        for (int i = 0; i < FunctionState.RegisterCount; i++)
        {
            if ((alive & (1 << i)) != 0 && !Covers(old.Registers[i], current.Registers[i], exactness))
            {
                return false;
            }
        }

        return CoversStack(old, current, exactness);
    }

    private bool SameReferences(VerifierState old, VerifierState current)
    {
        if (old.References.Count != current.References.Count || old.ActiveLocks != current.ActiveLocks
            || old.RcuDepth != current.RcuDepth || old.PreemptDepth != current.PreemptDepth
            || !ReferenceEquals(old.ActiveLockOwner, current.ActiveLockOwner)
            || !_identities.Match(old.ActiveLockId, current.ActiveLockId))
        {
            return false;
        }

        for (int i = 0; i < old.References.Count; i++)
        {
            Reference a = old.References[i];
            Reference b = current.References[i];
            if (a.Kind != b.Kind || !ReferenceEquals(a.Owner, b.Owner) || !_identities.Match(a.Id, b.Id))
            {
                return false;
            }
        }

        return true;
    }

    private bool Covers(in RegisterState old, in RegisterState current, Exactness exactness)
    {
        if (old.Type == RegisterType.Iterator)
        {
            // How often it was stepped doesn't count: an active iterator may give any number of further elements.
            return current.Type == old.Type && current.Flags == old.Flags && current.BtfId == old.BtfId && current.Extent == old.Extent
                && ReferenceEquals(current.Types, old.Types) && _identities.Match(old.ReferenceId, current.ReferenceId);
        }

        if (exactness == Exactness.Exact)
        {
            return IsSame(old, current);
        }

        if (old.Type == RegisterType.NotInitialized)
        {
            return true;
        }

        if (old.Type != current.Type || old.Flags != current.Flags)
        {
            return false;
        }

        switch (old.Type)
        {
            case RegisterType.Scalar:
                if (!old.Precise && exactness == Exactness.Loose)
                {
                    return true;
                }

                return old.IsLinkedPlusConstant == current.IsLinkedPlusConstant
                    && (!old.IsLinkedPlusConstant || old.Offset == current.Offset)
                    && _identities.MatchNumber(old.Id, current.Id)
                    && old.Range.Contains(current.Range);
            case RegisterType.MapKey or RegisterType.MapValue or RegisterType.Memory or RegisterType.Buffer or RegisterType.TracepointBuffer:
                return old.HasSameShape(current) && old.Range.Contains(current.Range)
                    && _identities.Match(old.Id, current.Id) && _identities.Match(old.ReferenceId, current.ReferenceId);
            case RegisterType.Packet or RegisterType.PacketMeta:
                // More proven bytes than the old state needed are fine; fewer are not.
                return (old.Extent < 0 || current.Extent < 0 ? old.Extent == current.Extent : old.Extent <= current.Extent) && old.Offset == current.Offset
                    && _identities.Match(old.Id, current.Id) && old.Range.Contains(current.Range);
            case RegisterType.Arena:
                return true;
            default:
                return IsSame(old, current);
        }
    }

    private bool IsSame(in RegisterState old, in RegisterState current) =>
        old.HasSameShape(current) && old.Range.Equals(current.Range) && old.IsLinkedPlusConstant == current.IsLinkedPlusConstant
        && (old.Type == RegisterType.Scalar ? _identities.MatchNumber(old.Id, current.Id) : _identities.Match(old.Id, current.Id))
        && _identities.Match(old.ReferenceId, current.ReferenceId);

    private bool CoversStack(FunctionState old, FunctionState current, Exactness exactness)
    {
        for (int slot = 0; slot < old.Stack.Length; slot++)
        {
            ref StackSlot before = ref old.Stack[slot];
            if (exactness == Exactness.Exact)
            {
                if (slot >= current.Stack.Length || before.Kinds != current.Stack[slot].Kinds)
                {
                    return false;
                }
            }

            if (before.Kinds == 0 || (privileged && exactness != Exactness.Exact && OnlyMisc(before)))
            {
                // Loads of such bytes gave an unknown number, and any bits are one.
                continue;
            }

            if (slot >= current.Stack.Length)
            {
                return false;
            }

            if (!CoversSlot(before, current.Stack[slot], exactness))
            {
                return false;
            }
        }

        return true;
    }

    private static bool OnlyMisc(in StackSlot slot)
    {
        for (int i = 0; i < 8; i++)
        {
            if (slot[i] is not (SlotKind.Misc or SlotKind.Invalid))
            {
                return false;
            }
        }

        return true;
    }

    private bool CoversSlot(in StackSlot old, in StackSlot current, Exactness exactness)
    {
        // An eight-byte number and eight unknown bytes read the same: as a number.
        if (AsNumber(old) is { } oldNumber && AsNumber(current) is { } number && exactness != Exactness.Exact)
        {
            return Covers(oldNumber.State, number.State, exactness);
        }

        for (int i = 0; i < 8; i++)
        {
            SlotKind a = old[i];
            SlotKind b = current[i];
            if (a == SlotKind.Invalid || a == b)
            {
                continue;
            }

            if (a == SlotKind.Misc && exactness != Exactness.Exact && (privileged || b == SlotKind.Zero))
            {
                continue;
            }

            return false;
        }

        if (old.Spilled is null || old[7] is not (SlotKind.Spill or SlotKind.Dynptr or SlotKind.Iterator))
        {
            return true;
        }

        return Covers(old.Spilled.State, current.Spilled!.State, exactness);
    }

    private static SpilledRegister? AsNumber(in StackSlot slot) =>
        slot is { IsFullSpill: true, IsSpilledScalar: true } ? slot.Spilled : slot.IsAll(SlotKind.Misc) ? Unbounded : null;
}
