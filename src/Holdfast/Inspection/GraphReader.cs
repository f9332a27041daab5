using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Storage.FileSystem;

namespace Holdfast;

/// <summary>Reads the graph of an engine's objects. What goes meanwhile, or is another user's, is left out.</summary>
internal sealed class GraphReader(Bpf bpf)
{
    private const int MaximumDepth = 64;

    private readonly List<(ObjectKey Key, string Path)> _pins = [];

    public BpfGraph Read()
    {
        // Before this process opens all of them itself.
        ILookup<ObjectKey, int> holders = ((IObjectInspection)bpf.Engine).Holders().ToLookup(holder => new ObjectKey(holder.Kind, holder.Id), holder => holder.Process);
        foreach (BpffsMount mount in bpf.Mounts)
            Walk(mount.Path, 0);
        ILookup<ObjectKey, string> pins = _pins.ToLookup(pin => pin.Key, pin => pin.Path);
        IEnumerable<BpfGraphNode?> nodes = [.. bpf.MapIds().Select(Map), .. bpf.ProgramIds().Select(Program), .. bpf.LinkIds().Select(Link), .. bpf.HookIds().Select(HookNode)];
        return new BpfGraph([.. nodes.OfType<BpfGraphNode>().Select(node => node with { Pins = [.. pins[node.Key]], Processes = [.. holders[node.Key].Order()] })]);
    }

    private void Walk(string path, int depth)
    {
        try
        {
            foreach (PinEntry entry in bpf.List(path))
            {
                string below = Path.Combine(path, entry.Name);
                if (entry.Type == PinnedNameType.Pin)
                    _pins.Add((new ObjectKey(entry.Kind, entry.Id), below));
                else if (entry.Type == PinnedNameType.Directory && depth < MaximumDepth)
                    Walk(below, depth + 1);
            }
        }
        catch (BpfException failure) when (IsNotOurs(failure))
        {
            // A directory that went meanwhile, or is closed to this user.
        }
    }

    private BpfGraphNode? Map(uint id) => Look(() =>
    {
        using BpfMap map = bpf.OpenMap(id, MapFlags.ReadOnly);
        ObjectKind target = map.Type switch
        {
            MapType.ProgArray => ObjectKind.Program,
            MapType.ArrayOfMaps or MapType.HashOfMaps => ObjectKind.Map,
            _ => ObjectKind.None,
        };
        ObjectKey[] uses = target == ObjectKind.None
            ? []
            : [.. map.Entries().Select(entry => new ObjectKey(target, BinaryPrimitives.ReadUInt32LittleEndian(entry.Value))).Distinct()];
        return Node(new ObjectKey(ObjectKind.Map, id), map.Name, uses) with { MapType = map.Type };
    });

    private BpfGraphNode? Program(uint id) => Look(() =>
    {
        using BpfProgram program = bpf.OpenProgram(id);
        ObjectKey[] uses = [.. program.ReadMapIds().Select(map => new ObjectKey(ObjectKind.Map, map)).Distinct()];
        return Node(new ObjectKey(ObjectKind.Program, id), program.Name, uses) with { ProgramType = program.Type };
    });

    private BpfGraphNode? Link(uint id) => Look(() =>
    {
        using BpfLink link = bpf.OpenLink(id);
        LinkDetails details = link.ReadDetails();
        List<ObjectKey> uses = [];
        if (details.ProgramId != 0)
            uses.Add(new ObjectKey(ObjectKind.Program, details.ProgramId));
        if (details.HookId is { } hook and not 0)
            uses.Add(new ObjectKey(ObjectKind.Hook, hook));
        return Node(new ObjectKey(ObjectKind.Link, id), "", [.. uses]) with { LinkType = link.Type };
    });

    private BpfGraphNode? HookNode(uint id) => Look(() =>
    {
        using Hook hook = bpf.OpenHook(id);
        return Node(new ObjectKey(ObjectKind.Hook, id), hook.Name, []) with { ProgramType = hook.ProgramType };
    });

    private static BpfGraphNode Node(ObjectKey key, string name, ObjectKey[] uses) => new(key, name) { Uses = uses, Pins = [], Processes = [] };

    private static BpfGraphNode? Look(Func<BpfGraphNode> look)
    {
        try
        {
            return look();
        }
        catch (BpfException failure) when (IsNotOurs(failure))
        {
            return null;
        }
    }

    private static bool IsNotOurs(BpfException failure) => failure.Errno is Errno.ENOENT or Errno.EACCES or Errno.EPERM;
}
