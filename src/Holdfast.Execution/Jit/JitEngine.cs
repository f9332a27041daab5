using System.Diagnostics.CodeAnalysis;

namespace Holdfast.Execution.Jit;

/// <summary>Compiles programs to CIL, which RyuJIT compiles at once and fully optimised.</summary>
[RequiresDynamicCode("Generates methods; where that is impossible use the interpreter.")]
public sealed class JitEngine : IExecutionEngine
{
    /// <inheritdoc/>
    public string Name => "jit";

    /// <inheritdoc/>
    public ExecutableProgram Prepare(LinkedProgram program)
    {
        CallbackSlot[] callbacks = ProgramBindings.CreateCallbacks(program);
        ProgramEntry entry = new ProgramCompiler(program, callbacks).Compile();
        return new ExecutableProgram(program, this, entry, callbacks);
    }
}
