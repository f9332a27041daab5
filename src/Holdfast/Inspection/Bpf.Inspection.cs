namespace Holdfast;

/// <content>Seeing what is there.</content>
public sealed partial class Bpf
{
    /// <summary>Reads what uses what: every object that the caller may see, its pins in the mounts, and the processes that have it open.</summary>
    /// <returns>The graph, as it was while it was read.</returns>
    public BpfGraph ReadGraph() => new GraphReader(this).Read();

    /// <summary>Watches objects and pins come and go, by inotify, and maps change, by looking at a counter in each: nothing else needs to run. The kernel tells of pins only.</summary>
    /// <param name="interval">How often to look for changes; null for ten times a second. With many maps it takes as long as keeps this thread four fifths idle.</param>
    /// <returns>The watcher, already watching.</returns>
    public BpfWatcher Watch(TimeSpan? interval = null) => new(this, interval ?? TimeSpan.FromMilliseconds(100));
}
