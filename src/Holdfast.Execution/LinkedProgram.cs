using System.Collections.Immutable;
using System.Diagnostics;
using Holdfast.Verifier;

namespace Holdfast.Execution;

/// <summary>A verified program with everything it names bound to what runs.</summary>
public sealed class LinkedProgram
{
    /// <summary>Links a program.</summary>
    /// <param name="verified">The program.</param>
    /// <param name="maps">The maps behind <see cref="VerifiedProgram.Maps"/>, in its order.</param>
    /// <param name="helpers">At least the helpers that reachable code calls (<c>bpf_tail_call</c> is the engines' own).</param>
    /// <param name="kfuncs">At least the kfuncs that reachable code calls.</param>
    public LinkedProgram(
        VerifiedProgram verified,
        ImmutableArray<RuntimeMap> maps,
        HelperTable helpers,
        ImmutableArray<KfuncBinding> kfuncs = default)
    {
        if (maps.Length != verified.Maps.Length)
        {
            throw new UnreachableException($"{verified.Maps.Length} maps verified, {maps.Length} linked");
        }

        Verified = verified;
        Maps = maps;
        Helpers = helpers;
        Kfuncs = kfuncs.IsDefault ? [] : kfuncs;
    }

    /// <summary>The program.</summary>
    public VerifiedProgram Verified { get; }

    /// <summary>Its maps.</summary>
    public ImmutableArray<RuntimeMap> Maps { get; }

    /// <summary>The helpers it may call.</summary>
    public HelperTable Helpers { get; }

    /// <summary>Where its runs get their execution slots from; none: they are told slot 0, and per-CPU maps give them nothing.</summary>
    public SlotSource? Slots { get; init; }

    /// <summary>The kfuncs it may call.</summary>
    public ImmutableArray<KfuncBinding> Kfuncs { get; }
}
