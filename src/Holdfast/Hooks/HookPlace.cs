using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>Where in a hook's list a program is attached; by default at the end.</summary>
public sealed record HookPlace
{
    private HookPlace(LinkFlags flags, uint id)
    {
        Flags = flags;
        Id = id;
    }

    /// <summary>Before all that are there.</summary>
    public static HookPlace First { get; } = new(LinkFlags.Before, 0);

    /// <summary>Behind all that are there.</summary>
    public static HookPlace Last { get; } = new(LinkFlags.None, 0);

    /// <summary>The revision that the list must have, as <see cref="HookPrograms.Revision"/> told it; 0 for any. Otherwise attaching is <c>ESTALE</c>.</summary>
    public ulong ExpectedRevision { get; init; }

    internal LinkFlags Flags { get; }

    internal uint Id { get; }

    /// <summary>Before a link's program.</summary>
    /// <param name="link">Id of the link.</param>
    /// <returns>The place.</returns>
    public static HookPlace BeforeLink(uint link) => new(LinkFlags.Before | LinkFlags.Link | LinkFlags.Id, link);

    /// <summary>Behind a link's program.</summary>
    /// <param name="link">Id of the link.</param>
    /// <returns>The place.</returns>
    public static HookPlace AfterLink(uint link) => new(LinkFlags.After | LinkFlags.Link | LinkFlags.Id, link);
}
