using System.Buffers.Binary;
using Holdfast.Objects;

namespace Holdfast.Kernel.Tests.Support;

/// <summary>The fixture's programs, loaded into the kernel, and their counters.</summary>
internal sealed class Counters : IDisposable
{
    private readonly Bpf _bpf = Bpf.OpenKernel();
    private readonly BpfObject _loaded;

    private Counters(BpfObjectSpec spec)
    {
        _loaded = _bpf.Load(spec);
    }

    public Bpf Bpf => _bpf;

    /// <summary>The fixture.</summary>
    public static BpfObjectSpec Spec => BpfObjectSpec.Load(Path.Combine(AppContext.BaseDirectory, "Fixtures", "attach.bpf.o"));

    /// <summary>Loads some of its programs.</summary>
    public static Counters Load(params string[] programs)
    {
        Privilege.Require();
        byte[] process = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(process, Environment.ProcessId);
        return new(Spec.WithOnly(programs).WithVariable("process", process));
    }

    public BpfProgram this[string program] => _loaded.Program(program);

    public BpfMap Map(string name) => _loaded.Map(name);

    /// <summary>How often the program of a slot ran.</summary>
    public long Of(Slot slot)
    {
        byte[] key = new byte[4], value = new byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(key, (int)slot);
        Assert.True(_loaded.Map("counters").TryLookup(key, value));
        return BinaryPrimitives.ReadInt64LittleEndian(value);
    }

    /// <summary>How much more often it ran after an action.</summary>
    public long During(Slot slot, Action action)
    {
        long before = Of(slot);
        action();
        return Of(slot) - before;
    }

    public void Dispose()
    {
        _loaded.Dispose();
        _bpf.Dispose();
    }
}
