using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;

namespace Holdfast;

/// <summary>A live program that its engine verified.</summary>
public sealed partial class BpfProgram : BpfHandle
{
    internal BpfProgram(IBpfEngine engine, int descriptor)
        : base(engine, descriptor)
    {
        ProgInfo info = default;
        int result = engine.Info(descriptor, ref info);
        if (result < 0)
        {
            Handle.Dispose();
            Failure.Throw(engine, result, "program info");
        }

        Info = info;
    }

    /// <summary>What bpf(2) tells of the program.</summary>
    public ProgInfo Info { get; }

    /// <summary>The program's id.</summary>
    public uint Id => Info.Id;

    /// <summary>The program's name, possibly empty.</summary>
    public string Name => Info.Name.ToString();

    /// <summary>The program's type.</summary>
    public ProgramType Type => Info.Type;

    /// <summary>Runs the program on given input (BPF_PROG_TEST_RUN).</summary>
    /// <param name="options">Packet, context, repetitions.</param>
    /// <returns>Return value, packet and context afterwards.</returns>
    /// <exception cref="BpfException">EINVAL: the input does not fit the type; ENOTSUPP: the type has no test run.</exception>
    public TestRunOutcome TestRun(TestRunOptions options) => TestRuns.Run(Engine, Descriptor, Type, $"test run of '{Name}'", options);

    /// <summary>Runs the program once on a packet.</summary>
    /// <param name="data">The packet.</param>
    /// <returns>The return value.</returns>
    public uint TestRun(ReadOnlyMemory<byte> data) => TestRun(new TestRunOptions { Data = data }).ReturnValue;
}
