namespace Holdfast;

/// <content>Seeing what is there.</content>
public sealed partial class Bpf
{
    /// <summary>Reads what uses what: every object that the caller may see, its pins in the mounts, and the processes that have it open.</summary>
    /// <returns>The graph, as it was while it was read.</returns>
    public BpfGraph ReadGraph() => new GraphReader(this).Read();

    /// <summary>
    /// Watches objects and pins come and go, mounts, and maps change; nothing else needs to run. Of the kernel, objects are found by their ids, each interval, and
    /// it doesn't tell whether a map's contents have changed.
    /// </summary>
    /// <param name="interval">How often to look for what inotify doesn't tell; null for ten times a second. With many objects it takes as long as keeps this thread four fifths idle.</param>
    /// <returns>The watcher, already watching.</returns>
    /// <exception cref="BpfException">EPERM: the kernel doesn't list its objects to this user.</exception>
    public BpfWatcher Watch(TimeSpan? interval = null) => new(this, interval ?? TimeSpan.FromMilliseconds(100));
}
