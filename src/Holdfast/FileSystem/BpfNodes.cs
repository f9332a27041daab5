using System.Globalization;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;

namespace Holdfast;

/// <summary>
/// Numbered nodes of maps and programs: pins called <c>map0</c>, <c>prog1</c> and so on in one directory, as the first design had them as
/// character devices (BPF_DEV_CREATE, BPF_DEV_CONNECT, BPF_DEV_DESTROY). <c>rm</c> of a node is as good as destroying it. A process that is
/// killed on the way leaves a node that is listed, or none.
/// </summary>
public sealed class BpfNodes
{
    private readonly Bpf _bpf;

    internal BpfNodes(Bpf bpf, string? directory = null)
    {
        _bpf = bpf;
        Directory = directory ?? Path.Combine(bpf.DefaultMount, "dev");
    }

    /// <summary>The directory of the nodes.</summary>
    public string Directory { get; }

    /// <summary>All nodes by number.</summary>
    /// <returns>The nodes; none if there has never been one.</returns>
    public IReadOnlyList<BpfNode> List()
    {
        if (!System.IO.Directory.Exists(Directory))
            return [];
        List<BpfNode> nodes = [];
        foreach (PinEntry entry in _bpf.List(Directory))
        {
            if (entry.Type == PinnedNameType.Pin && MinorOf(entry) is { } minor)
                nodes.Add(new BpfNode(minor, entry.Kind, entry.Id, entry.User, Path.Combine(Directory, entry.Name)));
        }

        return [.. nodes.OrderBy(node => node.Minor)];
    }

    /// <summary>Gives an object a node with the lowest free number; one that has a node keeps it.</summary>
    /// <param name="handle">A map or a program.</param>
    /// <returns>The node.</returns>
    /// <exception cref="BpfException">EINVAL: neither a map nor a program; …</exception>
    public BpfNode Create(BpfHandle handle)
    {
        (ObjectKind kind, uint id) = handle switch
        {
            BpfMap map => (ObjectKind.Map, map.Id),
            BpfProgram program => (ObjectKind.Program, program.Id),
            _ => throw new BpfException(Errno.EINVAL, $"only maps and programs have nodes [{Errno.EINVAL}]"),
        };
        using var pins = new PinTransaction(_bpf);
        pins.MakeDirectory(Directory);
        pins.Keep();
        for (HashSet<uint> taken = []; ;)
        {
            IReadOnlyList<BpfNode> nodes = List();
            if (nodes.FirstOrDefault(node => node.Kind == kind && node.Id == id) is { } known)
                return known;
            taken.UnionWith(nodes.Select(node => node.Minor));
            uint minor = 0;
            while (taken.Contains(minor))
                minor++;
            if (TryCreate(handle, kind, id, minor) is { } created)
                return created;

            // By a node that came meanwhile, or by a file that is none.
            taken.Add(minor);
        }
    }

    /// <summary>Opens the object of a node.</summary>
    /// <param name="node">Its name, <c>map0</c>, or its path.</param>
    /// <returns>A new descriptor.</returns>
    /// <exception cref="BpfException">ENOENT: there is none.</exception>
    public BpfHandle Connect(string node) => _bpf.OpenPinned(PathOf(node));

    /// <summary>Removes a node; symbolic links to it dangle. The object lives on while anything else refers to it.</summary>
    /// <param name="node">Its name, <c>map0</c>, or its path.</param>
    /// <exception cref="BpfException">ENOENT: there is none.</exception>
    public void Destroy(string node) => _bpf.Unpin(PathOf(node));

    /// <summary>
    /// Pins, and looks again: of two processes that gave one object two nodes, or two objects one number, the one that finds the
    /// other's takes its own back. Null if another was quicker, or the number is taken.
    /// </summary>
    private BpfNode? TryCreate(BpfHandle handle, ObjectKind kind, uint id, uint minor)
    {
        string path = Path.Combine(Directory, $"{PrefixOf(kind)}{minor}");
        try
        {
            handle.Pin(path);
        }
        catch (BpfException exception) when (exception.Errno == Errno.EEXIST)
        {
            return null;
        }

        IReadOnlyList<BpfNode> nodes = List();
        bool yields = nodes.Any(node => node.Kind == kind && node.Id == id && node.Minor < minor)
            || (kind == ObjectKind.Program && nodes.Any(node => node.Kind == ObjectKind.Map && node.Minor == minor));
        if (!yields)
            return nodes.FirstOrDefault(node => node.Path == path);
        _bpf.Unpin(path);
        return null;
    }

    private string PathOf(string node)
    {
        ArgumentException.ThrowIfNullOrEmpty(node);
        return node.Contains('/', StringComparison.Ordinal) ? node : Path.Combine(Directory, node);
    }

    /// <summary>A node's number; null for a name that isn't a node's of the object that it stands for.</summary>
    private static uint? MinorOf(PinEntry entry)
    {
        string prefix = PrefixOf(entry.Kind);
        return entry.Name.StartsWith(prefix, StringComparison.Ordinal)
            && uint.TryParse(entry.Name.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out uint minor) ? minor : null;
    }

    private static string PrefixOf(ObjectKind kind) => kind == ObjectKind.Map ? "map" : "prog";
}
