using System.Diagnostics;
using Holdfast.Objects;
using Holdfast.Verifier;

namespace Holdfast.Cli.Verifying;

/// <summary>Loads each program of an object by itself, over one set of maps; nothing is pinned and nothing stays.</summary>
internal sealed class ObjectVerifier(Bpf bpf, BpfObjectSpec spec, BpfLoadOptions loading, uint logLevel)
{
    private const uint Path = 1;
    private const uint Statistics = 4;

    /// <summary>One verdict a program that is to be loaded.</summary>
    public IEnumerable<ProgramVerdict> Verify()
    {
        BpfObjectSpec unpinned = spec with { Maps = [.. spec.Maps.Select(map => map with { Pinning = MapPinning.None })] };
        using BpfObject maps = bpf.Load(unpinned.WithOnly(), loading);
        foreach (ProgramSpec program in spec.Programs.Where(program => program.Autoload))
            yield return Verify(unpinned.WithOnly(program.Name), program, maps);
    }

    private ProgramVerdict Verify(BpfObjectSpec only, ProgramSpec program, BpfObject maps)
    {
        BpfLoadOptions options = loading with { ReplacedMaps = maps.Maps, LogLevel = logLevel | Statistics };
        ProgramVerdict verdict = Load(only, program, options);
        // A kernel names the instruction only in a log of the path.
        return !verdict.Accepted && verdict.Report is { InstructionIndex: < 0 } && (logLevel & Path) == 0
            ? Load(only, program, options with { LogLevel = Path | Statistics }) with { Time = verdict.Time }
            : verdict;
    }

    private ProgramVerdict Load(BpfObjectSpec only, ProgramSpec program, BpfLoadOptions options)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            using BpfObject loaded = bpf.Load(only, options);
            if (!loaded.Programs.ContainsKey(program.Name))
                return new(program, false, "left out: no struct_ops table that this kernel knows has a place for it", null, Stopwatch.GetElapsedTime(start));
            return new(program, true, "", loaded.Reports.GetValueOrDefault(program.Name), Stopwatch.GetElapsedTime(start));
        }
        catch (VerificationException rejection)
        {
            VerificationReport report = rejection.Report;
            return new(program, false, report.Reason, report, Stopwatch.GetElapsedTime(start));
        }
        catch (BpfException failure)
        {
            return new(program, false, failure.Message, null, Stopwatch.GetElapsedTime(start));
        }
    }
}
