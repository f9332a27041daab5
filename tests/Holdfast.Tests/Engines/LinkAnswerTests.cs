using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;

namespace Holdfast.Tests.Engines;

/// <summary>Every operation on links of an ordered list of programs, in every situation: what TCX answers is what hooks answer.</summary>
public sealed class LinkAnswerTests
{
    private const int NoDescriptor = 54321;
    private const uint NoId = 0x7ffffff0;

    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void Attaching(string name) => LinkPlace.Check(name, "link-create", (sheet, place) =>
    {
        Scene scene = new(place);
        int other = place.Program(type: ProgramType.Xdp), map = place.Bpf.MapCreate(MapType.Array, 4, 4, 1);
        foreach ((string what, int program) in new[] { ("nothing", NoDescriptor), ("a map", map), ("an XDP program", other), ("what is there", scene.A) })
            sheet.Add($"attach {what}", place.Attach(program));
        foreach (AttachType type in new[] { AttachType.Xdp, AttachType.CgroupInetIngress, (AttachType)1000 })
            sheet.Add($"attach as {type}", place.Bpf.LinkCreate(scene.B, place.Target, type));
        for (int bits = 0; bits < 32; bits++)
        {
            LinkFlags flags = (LinkFlags)((bits & 7) << 2) | ((bits & 8) != 0 ? LinkFlags.Id : 0) | ((bits & 16) != 0 ? LinkFlags.Link : 0);
            bool isId = (flags & LinkFlags.Id) != 0, isLink = (flags & LinkFlags.Link) != 0;
            (string What, uint Number)[] neighbours = (isId, isLink) switch
            {
                (true, true) => [("no link", NoId), ("0", 0), ("A's link", scene.LinkIdOfA), ("C's link", scene.LinkIdOfC)],
                (true, false) => [("no program", NoId), ("0", 0), ("A", scene.IdOfA), ("C", scene.IdOfC), ("B itself", place.ProgramId(scene.B)), ("XDP", place.ProgramId(other))],
                (false, true) => [("nothing", NoDescriptor), ("a map", (uint)map), ("A's link", (uint)scene.LinkOfA), ("C's link", (uint)scene.LinkOfC), ("A", (uint)scene.A)],
                _ => [("none", 0), ("nothing", NoDescriptor), ("a map", (uint)map), ("A", (uint)scene.A), ("C", (uint)scene.C), ("A's link", (uint)scene.LinkOfA), ("B itself", (uint)scene.B), ("XDP", (uint)other)],
            };
            foreach ((string what, uint number) in neighbours)
                Ask(sheet, scene, $"{flags}, {what}", place.Attach(scene.B, flags, number));
        }

        foreach (uint unknown in new uint[] { 1, 2, 1u << 6, 1u << 14, 1u << 20, 1u << 31 })
        {
            Ask(sheet, scene, $"flag {unknown}", place.Attach(scene.B, (LinkFlags)unknown));
            Ask(sheet, scene, $"flag {unknown}, Before", place.Attach(scene.B, (LinkFlags)unknown | LinkFlags.Before));
        }

        place.Bpf.ProgQuery(place.Target, LinkPlace.Type, [], [], out _, out ulong revision);
        foreach ((string what, ulong expected) in new[] { ("the revision", revision), ("one less", revision - 1), ("one more", revision + 1) })
            Ask(sheet, scene, $"expecting {what}", place.Attach(scene.B, LinkFlags.None, 0, expected));
        sheet.Add("expecting another, of a program that is there", place.Attach(scene.A, LinkFlags.None, 0, revision + 10));
        scene.Close();
        place.Bpf.Close(other);
        place.Bpf.Close(map);
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void Updating(string name) => LinkPlace.Check(name, "link-update", (sheet, place) =>
    {
        Scene scene = new(place);
        int other = place.Program(type: ProgramType.Xdp), map = place.Bpf.MapCreate(MapType.Array, 4, 4, 1);
        (string, int)[] programs = [("nothing", NoDescriptor), ("a map", map), ("XDP", other), ("A", scene.A), ("B", scene.B), ("C", scene.C), ("0", 0)];
        foreach (bool isAttached in new[] { true, false })
        {
            foreach ((string link, int descriptor) in new[] { ("nothing", NoDescriptor), ("a map", map), ("a program", scene.A) })
                sheet.Add($"{isAttached} update {link} to B", place.Bpf.LinkUpdate(descriptor, scene.B));
            foreach (uint flags in new uint[] { 0, 4, 1, 8, 12 })
            {
                foreach ((string what, int program) in programs)
                {
                    foreach ((string old, int expected) in programs)
                    {
                        sheet.Add($"{isAttached} flags {flags}, to {what}, from {old}", Update(place, scene.LinkOfA, program, flags, expected));
                        sheet.Add("    gives", $"{scene.Show()}, the link holds {scene.NameOf(place.Info(scene.LinkOfA).ProgId)}");
                        _ = Update(place, scene.LinkOfA, scene.A, 0, 0);
                    }
                }
            }

            sheet.Add("revision", $"{scene.Revisions(() => _ = place.Bpf.LinkUpdate(scene.LinkOfA, scene.B))} for an update, {scene.Revisions(() => _ = place.Bpf.LinkUpdate(scene.LinkOfA, scene.B))} for none");
            sheet.Add("back", place.Bpf.LinkUpdate(scene.LinkOfA, scene.A));
            sheet.Add("detach", place.Bpf.LinkDetach(scene.LinkOfA));
        }

        scene.Close();
        place.Bpf.Close(other);
        place.Bpf.Close(map);
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void DetachingAndAsking(string name) => LinkPlace.Check(name, "link-detach", (sheet, place) =>
    {
        Scene scene = new(place);
        int map = place.Bpf.MapCreate(MapType.Array, 4, 4, 1);
        foreach ((string what, int descriptor) in new[] { ("nothing", NoDescriptor), ("a map", map), ("a program", scene.A) })
            sheet.Add($"detach {what}", place.Bpf.LinkDetach(descriptor));
        foreach ((uint queryFlags, uint attachFlags) in new (uint, uint)[] { (0, 0), (1, 0), (2, 0), (0, 1), (0, 1u << 31) })
        {
            foreach (int room in new[] { 0, 1, 2, 3 })
                sheet.Add($"query with flags {queryFlags} {attachFlags}, room for {room}", Query(place, scene, queryFlags, attachFlags, room));
        }

        foreach (AttachType type in new[] { AttachType.Xdp, (AttachType)1000 })
            sheet.Add($"query as {type}", place.Bpf.ProgQuery(place.Target, type, [], [], out _, out _));
        sheet.Add("revision for a detach", $"{scene.Revisions(() => _ = place.Bpf.LinkDetach(scene.LinkOfA))}");
        sheet.Add("revision for a second", $"{scene.Revisions(() => _ = place.Bpf.LinkDetach(scene.LinkOfA))}");
        LinkInfo detached = place.Info(scene.LinkOfA);
        sheet.Add("detached", $"{scene.Show()}, holds {scene.NameOf(detached.ProgId)}, target {(uint)detached.Detail0}, attach type {detached.Detail0 >> 32}");
        sheet.Add("update", place.Bpf.LinkUpdate(scene.LinkOfA, scene.B));
        sheet.Add("update by what it holds", place.Bpf.LinkUpdate(scene.LinkOfA, scene.A));
        _ = scene.Keep(place.Attach(scene.A));
        sheet.Add("gives", scene.Show());
        sheet.Add("before the detached link", place.Attach(scene.B, LinkFlags.Before | LinkFlags.Link, (uint)scene.LinkOfA));
        sheet.Add("iterate it", place.Bpf.IterCreate(scene.LinkOfC));
        scene.Close();
        place.Bpf.Close(map);
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void AsManyAsThereIsRoomFor(string name) => LinkPlace.Check(name, "link-many", (sheet, place) =>
    {
        List<int> open = [];
        for (int count = 1; count <= 66; count++)
        {
            int program = place.Program(), link = place.Attach(program);
            if (count is < 2 or > 62)
                sheet.Add($"number {count}", RawCalls.Answer(link));
            open.Add(program);
            if (link > 0)
                open.Add(link);
        }

        sheet.Add("before all", place.Attach(place.Program(), LinkFlags.Before));
        open.ForEach(descriptor => place.Bpf.Close(descriptor));
    });

    private static void Ask(AnswerSheet sheet, Scene scene, string what, int link)
    {
        string order = scene.Show();
        sheet.Add($"attach B: {what}", link);
        if (link > 0)
            sheet.Add("    gives", order);
    }

    private static int Update(LinkPlace place, int link, int program, uint flags, int expected)
    {
        LinkUpdateAttribute attribute = new() { LinkFd = (uint)link, NewProgFd = (uint)program, Flags = flags, OldProgFd = (uint)expected };
        return place.Bpf.Invoke(BpfCommand.LinkUpdate, MemoryMarshal.AsBytes(new Span<LinkUpdateAttribute>(ref attribute)));
    }

    private static string Query(LinkPlace place, Scene scene, uint queryFlags, uint attachFlags, int room)
    {
        GCHandle programs = GCHandle.Alloc(new uint[4], GCHandleType.Pinned), links = GCHandle.Alloc(new uint[4], GCHandleType.Pinned);
        ProgQueryAttribute attribute = new()
        {
            TargetFd = (uint)place.Target,
            AttachType = LinkPlace.Type,
            QueryFlags = queryFlags,
            AttachFlags = attachFlags,
            ProgCnt = (uint)room,
            ProgIds = (ulong)programs.AddrOfPinnedObject(),
            LinkIds = (ulong)links.AddrOfPinnedObject(),
        };
        int result = place.Bpf.Invoke(BpfCommand.ProgQuery, MemoryMarshal.AsBytes(new Span<ProgQueryAttribute>(ref attribute)));
        string answer = $"{RawCalls.Answer(result)}, {attribute.ProgCnt}: {string.Join(' ', ((uint[])programs.Target!).Select(scene.NameOf))}, "
            + string.Join(' ', ((uint[])links.Target!).Select(id => id == scene.LinkIdOfA ? "A's" : id == scene.LinkIdOfC ? "C's" : $"{id}"));
        programs.Free();
        links.Free();
        return answer;
    }

    /// <summary>A and C are attached in this order, B is not.</summary>
    private sealed class Scene
    {
        private readonly LinkPlace _place;
        private readonly Dictionary<uint, string> _names;
        private readonly List<int> _open = [];

        public Scene(LinkPlace place)
        {
            _place = place;
            (A, B, C) = (Keep(place.Program()), Keep(place.Program()), Keep(place.Program()));
            (LinkOfA, LinkOfC) = (Keep(place.Attach(A)), Keep(place.Attach(C)));
            (IdOfA, IdOfC) = (place.ProgramId(A), place.ProgramId(C));
            (LinkIdOfA, LinkIdOfC) = (place.Info(LinkOfA).Id, place.Info(LinkOfC).Id);
            _names = new() { [0] = "-", [IdOfA] = "A", [place.ProgramId(B)] = "B", [IdOfC] = "C" };
        }

        public int A { get; }

        public int B { get; }

        public int C { get; }

        public int LinkOfA { get; }

        public int LinkOfC { get; }

        public uint IdOfA { get; }

        public uint IdOfC { get; }

        public uint LinkIdOfA { get; }

        public uint LinkIdOfC { get; }

        public string NameOf(uint program) => _names.GetValueOrDefault(program, "?");

        public string Show() => string.Join(' ', _place.List().Select(NameOf));

        /// <summary>A result whose descriptor stays open until the end.</summary>
        public int Keep(int descriptor)
        {
            Assert.True(descriptor > 0, $"{RawCalls.Answer(descriptor)}: {_place.Bpf.LastFailure}");
            _open.Add(descriptor);
            return descriptor;
        }

        /// <summary>By how much an action changes the list's revision.</summary>
        public ulong Revisions(Action action)
        {
            _place.Bpf.ProgQuery(_place.Target, LinkPlace.Type, [], [], out _, out ulong before);
            action();
            _place.Bpf.ProgQuery(_place.Target, LinkPlace.Type, [], [], out _, out ulong after);
            return after - before;
        }

        public void Close() => _open.ForEach(descriptor => _place.Bpf.Close(descriptor));
    }
}
