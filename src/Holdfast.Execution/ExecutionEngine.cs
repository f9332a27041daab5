using System.Runtime.CompilerServices;
using Holdfast.Execution.Interpreter;
using Holdfast.Execution.Jit;

namespace Holdfast.Execution;

/// <summary>The choice of engine.</summary>
public static class ExecutionEngine
{
    /// <summary>Name of the environment variable that, set to <c>0</c>, forces the interpreter.</summary>
    public const string JitVariable = "HOLDFAST_JIT";

    /// <summary>The JIT where dynamic code can be compiled and <see cref="JitVariable"/> is not <c>0</c>, else the interpreter.</summary>
    public static IExecutionEngine Default { get; } = Choose();

    private static IExecutionEngine Choose() =>
        RuntimeFeature.IsDynamicCodeSupported && RuntimeFeature.IsDynamicCodeCompiled && Environment.GetEnvironmentVariable(JitVariable) != "0"
            ? new JitEngine()
            : new InterpreterEngine();
}
