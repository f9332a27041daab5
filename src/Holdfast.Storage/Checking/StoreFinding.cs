namespace Holdfast.Storage.Checking;

/// <summary>One thing that is not as it should be in a store.</summary>
/// <param name="Subject">What it is about: <c>store</c>, <c>map 5</c>, <c>refs/p3/m5</c>, a path.</param>
/// <param name="What">What was found.</param>
/// <param name="Consequence">What follows from it for those who use the store.</param>
/// <param name="Remedy">What to do.</param>
public sealed record StoreFinding(string Subject, string What, string Consequence, string Remedy)
{
    /// <summary>Whether <c>fsck --repair</c> does something about it.</summary>
    public bool IsRepairable => Repair != RepairAction.None;

    /// <summary>What that is.</summary>
    internal RepairAction Repair { get; init; }

    /// <summary>The object that it is done to.</summary>
    internal ObjectKey Object { get; init; }

    /// <summary>The object that a reference leads to.</summary>
    internal ObjectKey Target { get; init; }

    /// <summary>Bytes that were seen. What differs when it is looked at again was somebody at work.</summary>
    internal string Evidence { get; init; } = "";

    /// <summary>Whether the repair may leave something out, and a copy is to be kept.</summary>
    internal bool NeedsCopy { get; init; }

    /// <summary>Whether many of these are told as one line.</summary>
    internal bool IsGarbage { get; init; }
}
