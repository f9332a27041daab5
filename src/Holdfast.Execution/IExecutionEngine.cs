namespace Holdfast.Execution;

/// <summary>
/// A way to run programs. Engines differ in speed only; none can reject a program: whatever could be wrong was the verifier's to say.
/// </summary>
public interface IExecutionEngine
{
    /// <summary><c>jit</c> or <c>interpreter</c>.</summary>
    string Name { get; }

    /// <summary>Makes a program executable; with the JIT this compiles it.</summary>
    /// <param name="program">The program.</param>
    /// <returns>What can be run by any number of threads at once.</returns>
    ExecutableProgram Prepare(LinkedProgram program);
}
