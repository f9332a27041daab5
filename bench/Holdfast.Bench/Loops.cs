using System.Diagnostics.CodeAnalysis;
using Holdfast.Execution;
using Holdfast.Objects;
using Holdfast.Verifier;

namespace Holdfast.Bench;

/// <summary>The loops as programs.</summary>
internal static class Loops
{
    /// <summary>Bytes that each works on.</summary>
    public const int Bytes = 1500;

    /// <summary>Their names: a source, an object and a function of each.</summary>
    public static string[] Names { get; } = ["checksum", "hash", "sieve"];

    /// <summary>Reads and verifies one.</summary>
    public static bool TryLoad(string name, [NotNullWhen(true)] out VerifiedProgram? program, out string reason)
    {
        ProgramSpec spec = BpfObjectSpec.Load(Path.Combine(Paths.Native, name + ".bpf.o")).Programs[0];
        return Verification.TryVerify(spec.Instructions, Bytes, out program, out reason);
    }

    /// <summary>Makes one ready to run.</summary>
    public static ExecutableProgram Prepare(IExecutionEngine engine, VerifiedProgram program) =>
        engine.Prepare(new LinkedProgram(program, [], HelperTable.Maps));
}
