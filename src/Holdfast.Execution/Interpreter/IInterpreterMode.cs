namespace Holdfast.Execution.Interpreter;

/// <summary>A mode of the loop: a constant to RyuJIT, so that what is off costs nothing.</summary>
internal interface IInterpreterMode
{
    static abstract bool Instrumented { get; }
}

/// <summary>Just run.</summary>
internal readonly struct PlainMode : IInterpreterMode
{
    public static bool Instrumented => false;
}

/// <summary>Run with checks, budget and observer as <see cref="InterpreterOptions"/> says.</summary>
internal readonly struct InstrumentedMode : IInterpreterMode
{
    public static bool Instrumented => true;
}
