using Holdfast.Isa.Abi;
using Holdfast.Objects;
using Microsoft.Win32.SafeHandles;

namespace Holdfast.Tests.Engines;

/// <summary>A directory of pins that is replaced while others read it and run its programs, which call on through prog arrays.</summary>
public sealed class GenerationTests
{
    private const int Generations = 20, Programs = 4;

    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task WhoHoldsTheDirectoryNeverSeesASetOfTwoGenerations(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        string directory = engine.Pin("set");
        Replace(engine.Bpf, directory, 1);
        using CancellationTokenSource end = new();
        int whole = 0;
        Task reader = Task.Run(() =>
        {
            using Bpf other = engine.IsKernel ? Bpf.OpenKernel() : Bpf.Open(new BpfOptions { Store = engine.Bpf.Store!.Path });
            while (!end.IsCancellationRequested)
                whole += ReadSet(other, directory) ? 1 : 0;
        });
        for (uint generation = 2; generation <= Generations || (Volatile.Read(ref whole) < 10 && !reader.IsCompleted); generation++)
            Replace(engine.Bpf, directory, generation);
        await end.CancelAsync();
        await reader;
        Assert.True(whole >= 10, "no reader met a whole set: nothing was tested");
        Assert.Equal([directory], Directory.EnumerateDirectories(engine.Pins));
        Directory.Delete(directory, recursive: true);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void AFailureLeavesTheOldSet(string name)
    {
        using EngineUnderTest engine = EngineUnderTest.Open(name);
        string directory = engine.Pin("set");
        Replace(engine.Bpf, directory, 1);
        using BpfObject unnameable = engine.Bpf.Load(Spec(2) with { Programs = [.. Spec(2).Programs.Select(program => program with { Name = $"{program.Name}{new string('n', 300)}" })] });
        Assert.Throws<BpfException>(() => unnameable.ReplaceAll(directory));
        Assert.True(ReadSet(engine.Bpf, directory));
        Assert.Equal([directory], Directory.EnumerateDirectories(engine.Pins));
        Directory.Delete(directory, recursive: true);
    }

    /// <summary>Only an ordinary directory can hold one.</summary>
    [Fact]
    public void AFileThatIsNoPinIsNotRemovedWithTheOldSet()
    {
        using EngineUnderTest engine = EngineUnderTest.Open("user");
        string directory = engine.Pin("set"), notes = Path.Combine(Directory.CreateDirectory(directory + "/maps").FullName, "notes");
        File.WriteAllText(notes, "mine");
        BpfException refused = Assert.Throws<BpfException>(() => Replace(engine.Bpf, directory, 1));
        Assert.Equal(Errno.EACCES, refused.Errno);
        Assert.Contains(notes, refused.Message, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(notes));
        Assert.Equal([directory], Directory.EnumerateDirectories(engine.Pins));
        Directory.Delete(directory, recursive: true);
    }

    /// <summary>Opens all programs of the directory as it is now, by its descriptor, and runs them. False if it is being removed, and to be opened anew.</summary>
    private static bool ReadSet(Bpf bpf, string path)
    {
        using SafeFileHandle directory = Tools.OpenDirectory(path);
        List<uint> generations = [];
        for (int index = 0; index < Programs; index++)
        {
            try
            {
                using BpfProgram program = (BpfProgram)bpf.OpenPinned(directory, $"entry{index}");
                generations.Add(program.TestRun(new byte[64]));
            }
            catch (BpfException failure) when (failure.Errno == Errno.ENOENT)
            {
                // The set was replaced since: its names go, one by one. Those that were found were one set's all the same.
            }
        }

        Assert.True(generations.Distinct().Count() <= 1, $"two generations in one directory: {string.Join(' ', generations)}");
        return generations.Count == Programs;
    }

    private static void Replace(Bpf bpf, string directory, uint generation)
    {
        using BpfObject loaded = bpf.Load(Spec(generation));
        loaded.ReplaceAll(directory);
    }

    /// <summary>Programs that each call the same worker through a prog array, and return what it does: the generation.</summary>
    private static BpfObjectSpec Spec(uint generation) => new()
    {
        Name = "generations",
        License = "GPL",
        Maps =
        [
            new MapSpec
            {
                Name = "workers", KernelName = "workers", Type = MapType.ProgArray, KeySize = 4, ValueSize = 4, MaxEntries = 1, Slots = [new MapSlotSpec(0, "worker")],
            },
        ],
        Programs =
        [
            Program("worker", $"r0 = {generation}\nexit") with { References = [] },
            .. Enumerable.Range(0, Programs).Select(index => Program($"entry{index}", "r2 = map[fd:0]\nr3 = 0\ncall bpf_tail_call\nr0 = 0\nexit")),
        ],
    };

    private static ProgramSpec Program(string name, string text) => new()
    {
        Name = name,
        SectionName = "socket",
        Type = ProgramType.SocketFilter,
        Instructions = [.. Assemble(text)],
        References = [new InstructionReference(0, ReferenceKind.Map, "workers")],
    };

    private static Isa.Instructions.Instruction[] Assemble(string text) => Holdfast.Tests.Engines.Programs.Assemble(text);
}
