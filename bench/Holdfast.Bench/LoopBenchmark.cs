using System.Runtime.InteropServices;
using Holdfast.Execution;
using Holdfast.Execution.Interpreter;
using Holdfast.Execution.Jit;
using Holdfast.Verifier;

namespace Holdfast.Bench;

/// <summary>The JIT against the same C compiled natively.</summary>
internal static unsafe class LoopBenchmark
{
    private const double Target = 1.3;

    public static void Run(Report report)
    {
        Report.Title($"loops over {Loops.Bytes} bytes: JIT, and the same C by clang -O2 -fno-vectorize");
        if (!NativeLibraryBuild.TryBuild("", out string path, out string reason))
        {
            Report.Skip("JIT against native code", reason);
            return;
        }

        nint library = NativeLibrary.Load(path);
        foreach (string name in Loops.Names)
        {
            Measure(report, name, (delegate* unmanaged[SuppressGCTransition]<byte*, ulong>)NativeLibrary.GetExport(library, name));
        }
    }

    private static void Measure(Report report, string name, delegate* unmanaged[SuppressGCTransition]<byte*, ulong> native)
    {
        if (!Loops.TryLoad(name, out VerifiedProgram? verified, out string reason))
        {
            Report.Skip(name, reason);
            return;
        }

        ExecutableProgram compiled = Loops.Prepare(new JitEngine(), verified);
        ExecutableProgram interpreted = Loops.Prepare(new InterpreterEngine(), verified);
        byte[] bytes = GC.AllocateArray<byte>(Loops.Bytes, pinned: true);
        new Random(1).NextBytes(bytes);

        // Pinned for as long as the array lives, which the closures below see to.
        byte* data = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(bytes, 0);
        RunContext context = new();
        ulong expected = native(data);
        if (compiled.Run(context, (nint)data) != expected || interpreted.Run(context, (nint)data) != expected)
        {
            throw new InvalidOperationException($"{name} gives different results");
        }

        double[] medians = Clock.Medians(
            report.Batches,
            times =>
            {
                for (int i = 0; i < times; i++)
                {
                    compiled.Run(context, (nint)data);
                }

                GC.KeepAlive(bytes);
            },
            times =>
            {
                for (int i = 0; i < times; i++)
                {
                    native(data);
                }
            },
            times =>
            {
                for (int i = 0; i < times; i++)
                {
                    interpreted.Run(context, (nint)data);
                }
            });
        double ratio = medians[0] / medians[1];
        report.Line(
            name, $"jit {medians[0]:f0} ns, native {medians[1]:f0} ns, ratio {ratio:f2}; interpreter {medians[2]:f0} ns", ratio, Target, "x");
    }
}
