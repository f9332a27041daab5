using Holdfast.Storage.Maps;

namespace Holdfast.Storage.Tests.Maps.Guarantees;

/// <summary>
/// A kind of map as the tests of the guarantees see it: how one is made and filled, what a process does with it, what others find in it.
/// All kinds are in <see cref="MapSubjects"/>; a new one is one more of these, and runs through every test of this folder.
/// </summary>
internal abstract class MapSubject(string name)
{
    public string Name { get; } = name;

    /// <summary>Whether a restart of the machine keeps the contents as they were; rings are promised nothing.</summary>
    public virtual bool OutlivesRestart => true;

    /// <summary>Whether an operation is done part by part, each by itself: words of <see cref="Contents"/> change one by one.</summary>
    public virtual bool ChangesInParts => false;

    /// <summary>Whether what is found after a store is legal behind what was found after the store before it: the same, or what it leads to.</summary>
    public virtual bool MayFollow(string found, string last, string before, string after) => found == last || found == after;

    /// <summary>What a process does, each from the state after <see cref="Fill"/>: prepared outside of what is watched, then run.</summary>
    public abstract IReadOnlyDictionary<string, Func<SharedMap, Action>> Operations { get; }

    public abstract TestMap Create();

    public abstract void Fill(SharedMap map);

    /// <summary>What others find, as text; of streams it is taken out. Fails if a value is torn or a key is there twice.</summary>
    public abstract string Contents(SharedMap map);

    /// <summary>The whole of the map can be used: nothing is leaked, nothing locked, counts are right. What was in it may go.</summary>
    public abstract void CheckAllUsable(TestMap map);

    /// <summary>Any command, with any arguments.</summary>
    public abstract int Operate(SharedMap map, Random random);
}
