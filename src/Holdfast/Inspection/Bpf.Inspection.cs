namespace Holdfast;

/// <content>Seeing what is there.</content>
public sealed partial class Bpf
{
    /// <summary>Reads what uses what: every object that the caller may see, its pins in the mounts, and the processes that have it open.</summary>
    /// <returns>The graph, as it was while it was read.</returns>
    public BpfGraph ReadGraph() => new GraphReader(this).Read();

    /// <summary>Watches objects and pins come and go, by inotify: nothing else needs to run. The kernel tells of pins only.</summary>
    /// <returns>The watcher, already watching.</returns>
    public BpfWatcher Watch() => new(this);
}
