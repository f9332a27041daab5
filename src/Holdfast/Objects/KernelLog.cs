using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Holdfast.Isa.Abi;
using Holdfast.Objects;
using Holdfast.Verifier;

namespace Holdfast;

/// <summary>Reads the log text that a kernel's verifier left.</summary>
internal static partial class KernelLog
{
    /// <summary>The text in a log buffer.</summary>
    public static string TextOf(ReadOnlySpan<byte> buffer)
    {
        int end = buffer.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? buffer : buffer[..end]);
    }

    /// <summary>What the log tells; null if the load failed without a word of why, and so before or after verification.</summary>
    public static VerificationReport? Read(BpfObjectSpec spec, ProgramSpec program, int result, string log)
    {
        bool accepted = result >= 0;
        string? reason = accepted ? "" : ReasonIn(log);
        if (reason is null)
            return null;
        Match statistics = Statistics().Match(log);
        int index = accepted ? -1 : LastInstruction(log);
        return new VerificationReport
        {
            Accepted = accepted,
            Error = accepted ? Errno.None : (Errno)(-result),
            Reason = reason,
            InstructionIndex = index,
            Source = index < 0 ? null : SourceLines.Find(spec, program, index),
            Log = log,
            ProcessedInstructions = Number(statistics, "processed"),
            TotalStates = Number(statistics, "total"),
            PeakStates = Number(statistics, "peak"),
        };
    }

    /// <summary>The verifier's last words: the last line that is neither an instruction, a state, a source line nor statistics.</summary>
    private static string? ReasonIn(string log)
    {
        string? reason = log.Split('\n').LastOrDefault(line => line.Trim().Length > 0 && !NotAReason().IsMatch(line));
        return reason?.Trim();
    }

    private static int LastInstruction(string log)
    {
        int index = -1;
        foreach (ValueMatch match in InstructionLine().EnumerateMatches(log))
        {
            ReadOnlySpan<char> text = log.AsSpan(match.Index, match.Length);
            index = int.Parse(text[..text.IndexOf(':')], CultureInfo.InvariantCulture);
        }

        return index;
    }

    private static int Number(Match match, string group) => match.Success ? int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"processed (?<processed>\d+) insns \(limit \d+\) max_states_per_insn \d+ total_states (?<total>\d+) peak_states (?<peak>\d+)")]
    private static partial Regex Statistics();

    [GeneratedRegex(@"^\d+: \([0-9a-f]{2}\)", RegexOptions.Multiline)]
    private static partial Regex InstructionLine();

    [GeneratedRegex(@"^(\d+: |from \d+ to |;|processed \d+ insns|verification time|stack depth|mark_precise|func#\d+ @|Func#\d+ |Live regs|\s+\d+: )")]
    private static partial Regex NotAReason();
}
