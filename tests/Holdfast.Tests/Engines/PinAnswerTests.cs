using System.Globalization;
using Holdfast.Isa.Abi;
using static Holdfast.Tests.Engines.RawCalls;

namespace Holdfast.Tests.Engines;

/// <summary>Names of pins of every kind, and pins among directories, links and other users.</summary>
public sealed class PinAnswerTests
{
    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void NamesOfEveryKind(string name) => AnswerSheet.Check(name, "pin-names", sheet =>
    {
        EngineUnderTest engine = sheet.Engine;
        int map = sheet.Bpf.MapCreate(MapType.Array, 4, 4, 1), program = Programs.Accept(sheet.Bpf, Programs.ReturnOne);
        Directory.CreateDirectory(engine.Pin("folder"));
        Assert.Equal(0, sheet.Bpf.Pin(map, engine.Pin("taken")));
        File.CreateSymbolicLink(engine.Pin("to-taken"), "taken");
        File.CreateSymbolicLink(engine.Pin("to-folder"), "folder");
        File.CreateSymbolicLink(engine.Pin("to-nothing"), "nothing");
        File.CreateSymbolicLink(engine.Pin("to-itself"), "to-itself");
        foreach ((string kind, int descriptor) in new[] { ("map", map), ("program", program) })
        {
            foreach (string path in new[]
            {
                "x", ".", "..", "a.b", ".a", "a.", "...", "folder/.", "folder/..", "folder/a.b", "taken", "folder", "missing/x", "taken/x", "taken/.", "taken/", "folder/", "new/",
                "to-taken", "to-folder", "to-folder/x", "to-nothing", "to-nothing/x", "to-itself", "to-itself/x", "taken/../y", "folder/../y", "./z", "//z2", "a b", "a\nb", "ä", "\u0001",
                new string('n', 255), new string('n', 256), $"folder/{new string('n', 255)}", string.Concat(Enumerable.Repeat("folder/../", 300)) + "deep",
            })
            {
                sheet.Add($"pin {kind} {Short(path)}", sheet.Bpf.Pin(descriptor, engine.Pin(".")[..^1] + path));
                sheet.Add($"get {kind} {Short(path)}", sheet.Bpf.Get(engine.Pin(".")[..^1] + path));
                Remove(engine, "x", "y", "z", "z2", "a b", "a\nb", "ä", "\u0001", new string('n', 255), "nothing", "folder/x", $"folder/{new string('n', 255)}", "deep", "new");
            }
        }

        sheet.Add("pin of nothing", sheet.Bpf.Pin(0, engine.Pin("q")));
        using FileStream file = File.OpenRead("/dev/null");
        sheet.Add("pin of a file", sheet.Bpf.Pin((int)file.SafeFileHandle.DangerousGetHandle(), engine.Pin("q")));
        sheet.Add("pin of a pin's file", PinFile(sheet, engine.Pin("taken")));
        foreach (uint flags in new[] { 1u, 8u, 16u, 24u, 1u << 14, 1u << 15 })
        {
            sheet.Add($"get with flags {flags}", sheet.Bpf.Get(engine.Pin("taken"), (MapFlags)flags));
            sheet.Add($"get program with flags {flags}", GetProgram(sheet, program, flags));
        }

        sheet.Bpf.Close(map);
        sheet.Bpf.Close(program);
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void PathsFromADirectory(string name) => AnswerSheet.Check(name, "pin-path-fd", sheet =>
    {
        int map = sheet.Bpf.MapCreate(MapType.Array, 4, 4, 1);
        Directory.CreateDirectory(sheet.Engine.Pin("folder"));
        using DirectoryDescriptor folder = DirectoryDescriptor.Open(sheet.Engine.Pin("folder"));
        foreach ((string what, int directory) in new[] { ("folder", folder.Number), ("none", 54321), ("-1", -1), ("a map", map), ("the working directory", -100) })
        {
            sheet.Add($"pin in {what}", sheet.Bpf.Pin(map, "x", directory));
            sheet.Add($"get in {what}", sheet.Bpf.Get("x", directory: directory));
            sheet.Add($"get in {what}, one up", sheet.Bpf.Get("../folder/x", directory: directory));
            sheet.Add($"get in {what}, no name", sheet.Bpf.Get("", directory: directory));
            sheet.Add($"pin in {what}, absolute", sheet.Bpf.Pin(map, sheet.Engine.Pin("absolute"), directory));
            Remove(sheet.Engine, "absolute");
        }

        sheet.Bpf.Close(map);
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void AnotherUserSeesWhatModesLet(string name) => AnswerSheet.Check(name, "pin-permissions", sheet =>
    {
        EngineUnderTest engine = sheet.Engine;
        int map = sheet.Bpf.MapCreate(MapType.Array, 4, 4, 1);
        Directory.CreateDirectory(engine.Pin("folder"));
        Assert.Equal(0, sheet.Bpf.Pin(map, engine.Pin("folder/m")));
        Tools.Run("chmod", "755", engine.Pins);
        if (!engine.IsKernel)
            Tools.Run("chmod", "711", Path.GetDirectoryName(engine.Pins)!);
        foreach (string folderMode in new[] { "700", "711", "755", "777", "1777" })
        {
            foreach (string mode in new[] { "000", "600", "604", "606", "644", "660", "666" })
            {
                Tools.Run("chmod", folderMode, engine.Pin("folder"));
                Tools.Run("chmod", mode, engine.Pin("folder/m"));
                string what = $"{folderMode} {mode}";
                sheet.Add($"{what} list", $"{Tools.Try("setpriv", OtherUser("ls", engine.Pin("folder")))}");
                sheet.Add($"{what} read", $"{Tools.Try("setpriv", OtherUser("test", "-r", engine.Pin("folder/m")))}");
                sheet.Add($"{what} write", $"{Tools.Try("setpriv", OtherUser("test", "-w", engine.Pin("folder/m")))}");
                sheet.Add($"{what} make a directory", $"{Tools.Try("setpriv", OtherUser("mkdir", engine.Pin("folder/d")))}");
                sheet.Add($"{what} rename", $"{Tools.Try("setpriv", OtherUser("mv", engine.Pin("folder/m"), engine.Pin("folder/n")))}");
                if (File.Exists(engine.Pin("folder/n")))
                    File.Move(engine.Pin("folder/n"), engine.Pin("folder/m"));
                Remove(engine, "folder/d");
                sheet.Add($"{what} remove", $"{Tools.Try("setpriv", OtherUser("rm", "-f", engine.Pin("folder/m")))}");
                if (!File.Exists(engine.Pin("folder/m")))
                    Assert.Equal(0, sheet.Bpf.Pin(map, engine.Pin("folder/m")));
            }
        }

        sheet.Bpf.Close(map);
    });

    [Theory]
    [MemberData(nameof(Engines))]
    public void StockToolsAmongPins(string name) => AnswerSheet.Check(name, "pin-tools", sheet =>
    {
        EngineUnderTest engine = sheet.Engine;
        int map = sheet.Bpf.MapCreate(MapType.Array, 4, 4, 1), other = sheet.Bpf.MapCreate(MapType.Array, 4, 4, 1);
        Assert.Equal(0, sheet.Bpf.Pin(map, engine.Pin("one")));
        Assert.Equal(0, sheet.Bpf.Pin(other, engine.Pin("two")));
        Directory.CreateDirectory(engine.Pin("folder"));
        void Ask(string program, params string[] arguments) =>
            sheet.Add($"{program} {string.Join(' ', arguments)}", $"{Tools.Try(program, [.. arguments.Select(argument => argument.StartsWith('/') ? engine.Pin(argument[1..]) : argument)]).Replace(engine.Pins, "", StringComparison.Ordinal)}");
        Ask("ln", "/one", "/three");
        Ask("ln", "/one", "/folder/four");
        Ask("ln", "/one", "/two");
        Ask("ln", "-s", "/one", "/soft");
        Ask("ln", "/folder", "/folder2");
        Ask("mv", "-T", "/three", "/two");
        sheet.Add("get what replaced two", Same(sheet, map, engine.Pin("two")));
        Ask("mv", "-T", "/two", "/folder");
        Ask("mv", "/folder", "/two");
        Ask("mv", "/folder", "/moved");
        sheet.Add("get through the moved", Same(sheet, map, engine.Pin("moved/four")));
        sheet.Add("get through the symbolic link", Same(sheet, map, engine.Pin("soft")));
        Ask("rmdir", "/moved");
        Ask("rm", "/moved");
        Ask("rm", "/moved/four");
        Ask("rmdir", "/moved");
        Ask("rmdir", "/one");
        Ask("rm", "/soft");
        Ask("test", "-e", "/one");
        Ask("chmod", "4755", "/one");
        Ask("chown", "1000:1000", "/one");
        sheet.Add("owner and mode", Tools.Run("stat", "-c", "%u:%g %a", engine.Pin("one")));
        Ask("mkdir", "/one/x");
        Ask("mkdir", "-m", "711", "/public");
        sheet.Add("mode of a directory", Tools.Run("stat", "-c", "%u:%g %a %F", engine.Pin("public")));
        sheet.Bpf.Close(map);
        sheet.Bpf.Close(other);
    });

    /// <summary>What keeps an object alive, in every order of letting go.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void AnObjectLivesUntilItsLastReferenceWhateverTheOrder(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        IBpfEngine bpf = engine.Bpf.Engine;
        foreach (int[] order in Orders(4))
        {
            int map = bpf.MapCreate(MapType.Array, 4, 4, 1);
            uint id = bpf.MapId(map);
            int program = Programs.Accept(bpf, $"r1 = map[fd:{map}]\nr0 = 1\nexit");
            Assert.Equal(0, bpf.Pin(map, engine.Pin("m")));
            Assert.Equal(0, bpf.Pin(program, engine.Pin("p")));
            Action[] letGo = [() => bpf.Close(map), () => bpf.Close(program), () => engine.Bpf.Unpin(engine.Pin("m")), () => engine.Bpf.Unpin(engine.Pin("p"))];
            for (int step = 0; step < order.Length; step++)
            {
                Assert.True(Eventually.Exists(bpf, ObjectKind.Map, id), $"{string.Join(' ', order)}: gone before step {step}");
                letGo[order[step]]();
            }

            Eventually.Gone(bpf, ObjectKind.Map, id);
        }
    }

    private static IEnumerable<int[]> Orders(int count) => count == 0
        ? [[]]
        : Orders(count - 1).SelectMany(order => Enumerable.Range(0, count).Select(at => (int[])[.. order[..at], count - 1, .. order[at..]]));

    private static string[] OtherUser(params string[] command) => ["--reuid=65534", "--regid=65534", "--clear-groups", .. command];

    private static Errno PinFile(AnswerSheet sheet, string pin)
    {
        int descriptor = sheet.Bpf.Get(pin);
        Errno answer = Answer(sheet.Bpf.Pin(descriptor, pin + "2"));
        sheet.Bpf.Close(descriptor);
        File.Delete(pin + "2");
        return answer;
    }

    private static Errno GetProgram(AnswerSheet sheet, int program, uint flags)
    {
        Assert.Equal(0, sheet.Bpf.Pin(program, sheet.Engine.Pin("program")));
        Errno answer = Close(sheet, sheet.Bpf.Get(sheet.Engine.Pin("program"), (MapFlags)flags));
        File.Delete(sheet.Engine.Pin("program"));
        return answer;
    }

    private static Errno Close(AnswerSheet sheet, int result)
    {
        if (result > 0)
            sheet.Bpf.Close(result);
        return Answer(result);
    }

    private static string Same(AnswerSheet sheet, int map, string path)
    {
        int got = sheet.Bpf.Get(path);
        if (got < 0)
            return Answer(got).ToString();
        bool same = sheet.Bpf.MapId(map) == sheet.Bpf.MapId(got);
        sheet.Bpf.Close(got);
        return same ? "the same map" : "another map";
    }

    private static void Remove(EngineUnderTest engine, params string[] names)
    {
        foreach (string entry in names.Select(engine.Pin))
        {
            if (File.Exists(entry))
                File.Delete(entry);
            else if (Directory.Exists(entry))
                Directory.Delete(entry);
        }
    }

    private static string Short(string path) => path.Length < 40 ? string.Concat(path.Select(letter => char.IsControl(letter) ? $"\\x{(int)letter:x2}" : letter.ToString())) : $"{path[..8]}… ({path.Length.ToString(CultureInfo.InvariantCulture)})";
}
