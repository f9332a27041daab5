using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Holdfast.Execution.Interpreter;

/// <summary>A decoded program and what runs it.</summary>
internal sealed unsafe partial class InterpretedProgram
{
    private readonly LinkedProgram _program;
    private readonly InterpreterOptions _options;

    // On the pinned heap and referred to by this object, so the pointer stays good for as long as a method of it runs.
    private readonly DecodedInstruction[] _array;
    private readonly DecodedInstruction* _code;

    public InterpretedProgram(LinkedProgram program, DecodedInstruction[] code, InterpreterOptions options)
    {
        _program = program;
        _array = code;
        _code = (DecodedInstruction*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(code));
        _options = options;
        _stackDepths = [.. program.Verified.Subprograms.Select(s => (s.Start, s.StackDepth))];
    }

    private bool Instrumented => _options.Checked || _options.Budgeted || _options.Observer != null;

    public ProgramEntry Entry => Instrumented ? RunInstrumented : Run;

    public CallbackEntry Callback(int start) => Instrumented
        ? (context, r1, r2, r3, r4, r5) => KeepAlive(Execute<InstrumentedMode>(context, start, r1, r2, r3, r4, r5))
        : (context, r1, r2, r3, r4, r5) => KeepAlive(Execute<PlainMode>(context, start, r1, r2, r3, r4, r5));

    private ulong Run(RunContext context, nint contextPointer) =>
        KeepAlive(Execute<PlainMode>(context, 0, (ulong)contextPointer, EntryLength, 0, 0, 0));

    private ulong RunInstrumented(RunContext context, nint contextPointer)
    {
        if (context.TailCalls == 0)
        {
            context.Checks.Reset(_program);
        }
        else
        {
            context.Checks.AddDirectValues(_program);
        }

        return KeepAlive(Execute<InstrumentedMode>(context, 0, (ulong)contextPointer, EntryLength, 0, 0, 0));
    }

    /// <summary>r2 at entry of types that get plain memory.</summary>
    private ulong EntryLength => (ulong)(_program.Verified.Type.EntryMemorySize ?? 0);

    private ulong KeepAlive(ulong result)
    {
        GC.KeepAlive(_array);
        GC.KeepAlive(_program);
        return result;
    }
}
