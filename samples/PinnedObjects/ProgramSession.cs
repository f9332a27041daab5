using Holdfast;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Isa.Text;

namespace PinnedObjects;

/// <summary>A socket filter of two instructions that outlives the process which loaded it.</summary>
internal sealed class ProgramSession(Bpf bpf, string path, bool kernel)
{
    /// <summary>Loads the program and pins it. Then this process ends, and the program does not.</summary>
    public void Pin()
    {
        using BpfProgram program = Load();
        program.Pin(path);
        Console.WriteLine($"pinned program {program.Id} at {path}");
    }

    /// <summary>Gets the program by name, and lets it filter.</summary>
    public void Get()
    {
        using BpfProgram program = bpf.OpenPinnedProgram(path);
        Console.WriteLine($"got program {program.Id} from {path}");
        Filter(program);
    }

    /// <summary>Two descriptors on one program: both can be attached.</summary>
    public void All()
    {
        Pins.RemoveIfThere(bpf, path);
        using BpfProgram first = Load();
        first.Pin(path);
        using BpfProgram second = bpf.OpenPinnedProgram(path);
        Console.WriteLine($"first descriptor {first.Handle.Descriptor}, second {second.Handle.Descriptor}, one program {first.Id}");
        Filter(first);
        Filter(second);
    }

    private BpfProgram Load()
    {
        if (!Assembler.TryAssemble("r0 = 1\nexit", out Instruction[] instructions, out _))
            throw new BpfException(Errno.EINVAL, "the sample does not assemble");
        int descriptor = bpf.Engine.ProgLoad(
            new ProgLoadRequest { Type = ProgramType.SocketFilter, Instructions = instructions, Name = "keep_one_byte" }, out _);
        if (descriptor < 0)
            throw new BpfException((Errno)(-descriptor), $"load: {bpf.Engine.LastFailure ?? "refused"} [{(Errno)(-descriptor)}]");

        // The raw call gives a bare descriptor; opening by id makes it an object of the library.
        ProgInfo info = default;
        int result = bpf.Engine.Info(descriptor, ref info);
        BpfProgram? program = result == 0 ? bpf.OpenProgram(info.Id) : null;
        bpf.Engine.Close(descriptor);
        return program ?? throw new BpfException((Errno)(-result), $"info: [{(Errno)(-result)}]");
    }

    /// <summary>
    /// With the kernel engine: attached to a real socket on <c>lo</c>. The userspace engine has no socket hook yet (hooks come with
    /// a later issue), so there the program filters one packet in a test run, which is what a hook would do with each.
    /// </summary>
    private void Filter(BpfProgram program)
    {
        if (kernel)
        {
            int length = FilteredSocket.ReceiveOne(program.Handle.Descriptor);
            Console.WriteLine($"attached to a raw socket on lo; a packet came through it cut to {length} byte(s)");
        }
        else
        {
            uint length = program.TestRun(new byte[64]);
            Console.WriteLine($"ran over one packet of 64 bytes in this process (no socket hook yet); it keeps {length} byte(s)");
        }
    }
}
