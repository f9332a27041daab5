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
    public TestRunOutcome TestRun(TestRunOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        byte[] dataOut = new byte[options.DataOutCapacity ?? (options.Data.IsEmpty ? 0 : options.Data.Length + 256)];
        // A syscall program runs exactly once, asks for no count, and writes its context back in place (bpf_prog_test_run_syscall).
        bool isSystemCall = Type == ProgramType.Syscall;
        byte[] contextOut = isSystemCall ? options.Context.ToArray() : new byte[options.Context.Length];
        int status = Engine.TestRun(
            Descriptor,
            new TestRunRequest
            {
                DataIn = options.Data.Span,
                DataOut = dataOut,
                ContextIn = isSystemCall ? contextOut : options.Context.Span,
                ContextOut = isSystemCall ? [] : contextOut,
                Repeat = isSystemCall && options.Repeat == 1 ? 0 : options.Repeat,
                Flags = options.Flags,
            },
            out TestRunResult result);
        Failure.Check(Engine, status, $"test run of '{Name}'");
        return new(
            result.ReturnValue,
            dataOut[..(int)Math.Min(result.DataSize, (uint)dataOut.Length)],
            isSystemCall ? contextOut : contextOut[..(int)Math.Min(result.ContextSize, (uint)contextOut.Length)],
            TimeSpan.FromTicks(result.Duration / 100))
        {
            Nanoseconds = result.Duration,
        };
    }

    /// <summary>Runs the program once on a packet.</summary>
    /// <param name="data">The packet.</param>
    /// <returns>The return value.</returns>
    public uint TestRun(ReadOnlyMemory<byte> data) => TestRun(new TestRunOptions { Data = data }).ReturnValue;
}
