using Holdfast.Isa.Abi;
using Holdfast.Storage;
using static Holdfast.Tests.Engines.MapCommandTests;

namespace Holdfast.Tests.Engines;

/// <summary>fdinfo, the graph and events, as SEMANTICS 4.1, 4.2 and 4.5 say, on both engines.</summary>
public sealed class InspectionTests
{
    public static TheoryData<string> Engines => EngineUnderTest.Names;

    /// <summary>Line for line the kernel's, but for ids, and for memory, which is what the file takes.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void FdInfoIsTheKernels(string name) => AnswerSheet.Check(name, "fdinfo", sheet =>
    {
        Bpf bpf = sheet.Engine.Bpf;
        using BpfMap array = bpf.CreateMap(MapType.Array, 4, 12, 1024), hash = bpf.CreateMap(MapType.Hash, 8, 16, 100, MapFlags.NoPrealloc);
        using BpfMap reader = bpf.CreateMap(MapType.Array, 4, 4, 1, MapFlags.ReadOnlyProgram), programs = bpf.CreateMap(MapType.ProgArray, 4, 4, 8);
        Add(sheet, "array", array);
        Add(sheet, "hash", hash);
        Add(sheet, "read-only for programs", reader);
        Add(sheet, "prog array", programs);
        array.Freeze();
        Add(sheet, "frozen array", array);
        int number = Programs.Accept(bpf.Engine, Programs.ReturnOne);
        Assert.Equal(0, bpf.Engine.Pin(number, sheet.Engine.Pin("p")));
        bpf.Engine.Close(number);
        using BpfProgram program = bpf.OpenPinnedProgram(sheet.Engine.Pin("p"));
        Add(sheet, "program", program);
        programs.Update(Key(1), BitConverter.GetBytes(program.Handle.Descriptor));
        Add(sheet, "prog array with a program", programs);
        programs.TryDelete(Key(1));
        Add(sheet, "prog array that had one", programs);
        hash.Pin(sheet.Engine.Pin("h"));
        using BpfMap again = bpf.OpenPinnedMap(sheet.Engine.Pin("h"));
        Assert.Equal(hash.ReadFdInfo(), again.ReadFdInfo());
        bpf.Unpin(sheet.Engine.Pin("h"));
        bpf.Unpin(sheet.Engine.Pin("p"));
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void TheGraphTellsWhatUsesWhat(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        Bpf bpf = engine.Bpf;
        using BpfObject loaded = bpf.Load(Holdfast.Objects.BpfObjectSpec.Load(Path.Combine(Repository.Root, "samples/flow_stats.bpf.o")));
        BpfProgram program = loaded.Program("flow_stats");
        BpfMap flows = loaded.Map("flows");
        Directory.CreateDirectory(engine.Pin("deep"));
        flows.Pin(engine.Pin("deep/f"));
        using BpfMap slots = bpf.CreateMap(MapType.ProgArray, 4, 4, 8);
        slots.Update(Key(3), BitConverter.GetBytes(program.Handle.Descriptor));
        BpfGraph graph = bpf.ReadGraph();
        BpfGraphNode flowsNode = Node(graph, ObjectKind.Map, flows.Id), programNode = Node(graph, ObjectKind.Program, program.Id), slotsNode = Node(graph, ObjectKind.Map, slots.Id);
        Assert.Equal([engine.Pin("deep/f")], flowsNode.Pins);
        Assert.Contains(flowsNode.Key, programNode.Uses);
        Assert.Contains(programNode.Key, graph.UsersOf(flowsNode.Key));
        Assert.Equal([programNode.Key], slotsNode.Uses);
        Assert.Equal([slotsNode.Key], graph.UsersOf(programNode.Key));
        Assert.Equal((MapType.ProgArray, program.Type, "flows"), (slotsNode.MapType, programNode.ProgramType, flowsNode.Name));
        Assert.All(new[] { flowsNode, programNode, slotsNode }, node => Assert.Contains(Environment.ProcessId, node.Processes));
        slots.TryDelete(Key(3));
        bpf.Unpin(engine.Pin("deep/f"));
        Directory.Delete(engine.Pin("deep"));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void PinsAreWatchedAndObjectsOfAStore(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        Directory.CreateDirectory(engine.Pin("in"));
        using BpfMap watched = engine.Bpf.CreateMap(MapType.Hash, 4, 4, 4);
        using BpfWatcher watcher = engine.Bpf.Watch(TimeSpan.FromMilliseconds(5));
        uint id;
        using (BpfMap map = engine.Bpf.CreateMap(MapType.Array, 4, 4, 1))
        {
            id = map.Id;
            map.Pin(engine.Pin("in/m"));
            Expect(watcher, new BpfEvent(BpfEventType.Pinned, ObjectKind.Map, id, engine.Pin("in/m")));
        }

        Tools.Run("mv", engine.Pin("in/m"), engine.Pin("n"));
        Expect(watcher, new BpfEvent(BpfEventType.Unpinned, ObjectKind.Map, id, engine.Pin("in/m")));
        Expect(watcher, new BpfEvent(BpfEventType.Pinned, ObjectKind.Map, id, engine.Pin("n")));
        Tools.Run("chmod", "640", engine.Pin("n"));
        Expect(watcher, new BpfEvent(BpfEventType.Changed, ObjectKind.Map, id, engine.Pin("n")));
        Tools.Run("rmdir", engine.Pin("in"));
        engine.Bpf.Unpin(engine.Pin("n"));
        Expect(watcher, new BpfEvent(BpfEventType.Unpinned, ObjectKind.Map, id, engine.Pin("n")));
        using (BpfMap map = engine.Bpf.CreateMap(MapType.Array, 4, 4, 1))
        {
            Expect(watcher, new BpfEvent(BpfEventType.Created, ObjectKind.Map, map.Id, ""));
            id = map.Id;
        }

        Expect(watcher, new BpfEvent(BpfEventType.Freed, ObjectKind.Map, id, ""));
        if (engine.IsKernel)
            return;
        BpfEvent changed = new(BpfEventType.Changed, ObjectKind.Map, watched.Id, "");
        watched.Update([1, 0, 0, 0], [1, 0, 0, 0]);
        Expect(watcher, changed);
        Assert.True(watched.TryDelete([1, 0, 0, 0]));
        Expect(watcher, changed);
        watched.Freeze();
        Expect(watcher, changed);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void PinsOfDirectoriesThatComeAndMoveAreWatched(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        using BpfMap map = engine.Bpf.CreateMap(MapType.Array, 4, 4, 1);
        using BpfMap other = engine.Bpf.CreateMap(MapType.Array, 4, 4, 1);
        using BpfWatcher watcher = engine.Bpf.Watch(TimeSpan.FromMilliseconds(5));

        // Pinned at once, so that most names are there before their directory is watched.
        Directory.CreateDirectory(engine.Pin("a/b/c"));
        map.Pin(engine.Pin("a/b/c/m"));
        map.Pin(engine.Pin("a/m"));
        ExpectAll(watcher, Pin(BpfEventType.Pinned, "a/b/c/m"), Pin(BpfEventType.Pinned, "a/m"));
        Tools.Run("mv", engine.Pin("a/b"), engine.Pin("b"));
        ExpectAll(watcher, Pin(BpfEventType.Unpinned, "a/b/c/m"), Pin(BpfEventType.Pinned, "b/c/m"));
        map.Pin(engine.Pin("b/c/n"));
        ExpectAll(watcher, Pin(BpfEventType.Pinned, "b/c/n"));
        other.Pin(engine.Pin("other"));
        Tools.Run("mv", engine.Pin("other"), engine.Pin("b/c/n"));
        ExpectAll(watcher, Pin(BpfEventType.Unpinned, "b/c/n"), new(BpfEventType.Pinned, ObjectKind.Map, other.Id, engine.Pin("b/c/n")));
        Tools.Run("rm", "-r", engine.Pin("b"));
        ExpectAll(watcher, Pin(BpfEventType.Unpinned, "b/c/m"), new(BpfEventType.Unpinned, ObjectKind.Map, other.Id, engine.Pin("b/c/n")));
        BpfEvent Pin(BpfEventType type, string path) => new(type, ObjectKind.Map, map.Id, engine.Pin(path));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void MountsAreWatchedAndThePinsInThem(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        using BpfMap map = engine.Bpf.CreateMap(MapType.Array, 4, 4, 1);
        using BpfWatcher watcher = engine.Bpf.Watch(TimeSpan.FromMilliseconds(5));
        string directory = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(engine.Bpf.Mounts.First(mount => engine.Pin("").StartsWith(mount.Path, StringComparison.Ordinal)).Path)!, "watched" + Environment.ProcessId)).FullName;
        engine.Bpf.Mount(directory);
        try
        {
            map.Pin(directory + "/m");
            ExpectAll(watcher, new(BpfEventType.Mounted, ObjectKind.None, 0, directory), new(BpfEventType.Pinned, ObjectKind.Map, map.Id, directory + "/m"));
        }
        finally
        {
            engine.Bpf.Unmount(directory);
            Directory.Delete(directory);
        }

        ExpectAll(watcher, new(BpfEventType.Unpinned, ObjectKind.Map, map.Id, directory + "/m"), new(BpfEventType.Unmounted, ObjectKind.None, 0, directory));
    }

    private static void Add(AnswerSheet sheet, string what, BpfHandle handle)
    {
        foreach (string line in handle.ReadFdInfo().Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = line.Split(":\t");
            bool differs = parts[0] is "memlock" or "map_id" or "prog_id";
            Assert.True(!differs || long.Parse(parts[1]) > 0, line);
            sheet.Add($"{what} {parts[0]}", differs ? "(positive)" : parts[1]);
        }
    }

    private static BpfGraphNode Node(BpfGraph graph, ObjectKind kind, uint id) => graph.Nodes.Single(node => node.Key == new ObjectKey(kind, id));

    private static void Expect(BpfWatcher watcher, BpfEvent expected) => ExpectAll(watcher, expected);

    /// <summary>In any order. Events of other tests' mounts, and those of creation and attributes beside, are passed over.</summary>
    private static void ExpectAll(BpfWatcher watcher, params BpfEvent[] expected)
    {
        List<BpfEvent> others = [], missing = [.. expected];
        for (DateTime end = DateTime.UtcNow.AddSeconds(20); DateTime.UtcNow < end && missing.Count > 0;)
        {
            if (watcher.TryTake(TimeSpan.FromSeconds(1), out BpfEvent? happened) && !missing.Remove(happened))
                others.Add(happened);
        }

        Assert.True(missing.Count == 0, $"{string.Join(", ", missing)} did not come, but {string.Join(", ", others)}");
    }
}
