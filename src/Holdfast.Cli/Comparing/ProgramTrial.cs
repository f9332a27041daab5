using Holdfast.Isa.Abi;
using Holdfast.Objects;

namespace Holdfast.Cli.Comparing;

/// <summary>Loads one program with maps of its own, runs it over packets, and reads the maps.</summary>
internal sealed class ProgramTrial(Bpf bpf, BpfObjectSpec spec, IReadOnlyList<ReadOnlyMemory<byte>> packets)
{
    /// <summary>Makes the trial. Nothing is pinned, and nothing stays.</summary>
    public Trial Run(ProgramSpec program)
    {
        string engine = bpf.Engine.Name;
        try
        {
            using BpfObject loaded = bpf.Load(spec.WithOnly(program.Name));
            List<TrialRun> runs = [.. Inputs(program.Type).Select(input => Run(loaded.Programs[program.Name], input))];
            return new Trial(engine, LoadOutcome.Accepted)
            {
                Runs = runs,
                Maps = loaded.Maps.Where(map => MapSnapshot.IsMeaningful(map.Value.Type)).ToDictionary(map => map.Key, map => MapSnapshot.Of(map.Value)),
            };
        }
        catch (VerificationException rejection)
        {
            return new Trial(engine, LoadOutcome.Rejected, rejection.Report.Reason);
        }
        catch (BpfException failure)
        {
            return new Trial(engine, LoadOutcome.Unavailable, failure.Message);
        }
    }

    private static TrialRun Run(BpfProgram program, ReadOnlyMemory<byte> input)
    {
        try
        {
            TestRunOutcome outcome = program.TestRun(new TestRunOptions { Data = input });
            return new TrialRun(Errno.None, outcome.ReturnValue, outcome.Data);
        }
        catch (BpfException failure)
        {
            return new TrialRun(failure.Errno, 0, []);
        }
    }

    /// <summary>What a program of a type is run on: packets if it takes any, else nothing, once.</summary>
    private IEnumerable<ReadOnlyMemory<byte>> Inputs(ProgramType type) => type
        is ProgramType.SocketFilter or ProgramType.SchedCls or ProgramType.SchedAct or ProgramType.Xdp or ProgramType.CgroupSkb
        or ProgramType.LwtIn or ProgramType.LwtOut or ProgramType.LwtXmit or ProgramType.LwtSeg6local or ProgramType.FlowDissector
        ? packets
        : [ReadOnlyMemory<byte>.Empty];
}
