using Holdfast.Execution.Interpreter;
using Holdfast.Execution.Jit;

namespace Holdfast.Execution.Tests.Support;

/// <summary>The engines that every execution test runs on.</summary>
public static class Engines
{
    private static readonly Dictionary<string, IExecutionEngine> ByName = new()
    {
        ["interpreter"] = new InterpreterEngine(),
        ["checked interpreter"] = new InterpreterEngine(new InterpreterOptions { Checked = true }),
        ["jit"] = new JitEngine(),
    };

    public static TheoryData<string> All => [.. ByName.Keys];

    /// <summary>Those that run programs touching memory that the checked one is not told of.</summary>
    public static TheoryData<string> Unchecked => ["interpreter", "jit"];

    public static IExecutionEngine Get(string name) => ByName[name];
}
