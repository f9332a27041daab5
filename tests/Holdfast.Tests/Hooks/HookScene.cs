using System.Buffers.Binary;
using Holdfast.Isa.Abi;
using Holdfast.Tests.Engines;

namespace Holdfast.Tests.Hooks;

/// <summary>A store of one test with a hook in it.</summary>
internal sealed class HookScene : IDisposable
{
    private const long Page = 4096;

    private readonly EngineUnderTest _engine = EngineUnderTest.Open("user");
    private readonly List<BpfProgram> _programs = [];

    public HookScene(ProgramType type = ProgramType.SchedCls) => Hook = Bpf.CreateHook(type, name: "test");

    public Bpf Bpf => _engine.Bpf;

    public Hook Hook { get; }

    public string Pin(string name) => _engine.Pin(name);

    /// <summary>Loads a program, which stays open to the end.</summary>
    public BpfProgram Program(string text, ProgramType? type = null)
    {
        int descriptor = Programs.Accept(Bpf.Engine, text, type ?? Hook.ProgramType);
        ProgInfo info = default;
        Assert.Equal(0, Bpf.Engine.Info(descriptor, ref info));
        BpfProgram program = Bpf.OpenProgram(info.Id);
        Bpf.Engine.Close(descriptor);
        _programs.Add(program);
        return program;
    }

    /// <summary>Writes a list into the hook's file as a process may that has the right to, but not our code.</summary>
    public void Forge(ulong revision, params (uint Link, uint Program)[] list) => Forge(revision, (uint)list.Length, list);

    public void Forge(ulong revision, uint count, params (uint Link, uint Program)[] list)
    {
        byte[] bytes = new byte[8 + (8 * list.Length)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, count);
        for (int index = 0; index < list.Length; index++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8 + (8 * index)), list[index].Link);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12 + (8 * index)), list[index].Program);
        }

        using FileStream file = new(Path.Combine(Bpf.Store!.Path, "objects", "hooks", $"{Hook.Id}"), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        file.Position = Page + 64 + (1024 * (long)(revision & 1));
        file.Write(bytes);
        file.Flush();
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, revision);
        file.Position = Page;
        file.Write(bytes.AsSpan(0, 8));
    }

    public void Dispose()
    {
        _programs.ForEach(program => program.Dispose());
        Hook.Dispose();
        _engine.Dispose();
    }
}
