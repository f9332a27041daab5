using Holdfast.Cli.Replay.Records;
using Holdfast.Isa.Abi;

namespace Holdfast.Cli.Replay;

/// <summary>Repeats a recorded test run and compares what comes of it.</summary>
internal sealed class RunReplay(IBpfEngine engine, RecordedProgram record, MapSet maps, int program)
{
    private const int LargestPacket = 1 << 16;

    private readonly byte[] _data = new byte[LargestPacket];

    /// <summary>Runs.</summary>
    /// <param name="run">The recorded run.</param>
    /// <param name="difference">What is not as recorded; empty if all is.</param>
    /// <returns>The engine's answer: 0, or a negated error.</returns>
    public int Run(RecordedRun run, out string difference)
    {
        byte[] dataIn = Convert.FromHexString(run.DataIn ?? "");
        byte[] contextOut = new byte[(run.CtxOut?.Length ?? 0) / 2];
        int status = engine.TestRun(
            program,
            new TestRunRequest
            {
                DataIn = dataIn,
                DataOut = run.DataIn is null ? [] : _data,
                ContextIn = Convert.FromHexString(run.CtxIn ?? ""),
                ContextOut = contextOut,
                Repeat = run.Repeat ?? 0,
            },
            out TestRunResult result);
        difference = Compare(run, status, result, contextOut);
        return status;
    }

    private string Compare(RecordedRun run, int status, TestRunResult result, byte[] contextOut)
    {
        if (status != run.Ret)
            return $"the run answers {Answer(status)}, recorded {Answer(run.Ret)}";
        if (run.Ret < 0)
            return "";
        if (run.Retval is { } returned && (uint)returned != result.ReturnValue && IsStable(run, "retval"))
            return $"retval {result.ReturnValue}, recorded {(uint)returned}";
        if (run.DataIn is not null && IsStable(run, "data_out"))
        {
            string expected = run.DataOut ?? run.DataIn;
            string difference = Bytes("data_out", Convert.FromHexString(expected), _data.AsSpan(0, (int)Math.Min(result.DataSize, _data.Length)));
            if (difference.Length > 0)
                return difference;
        }

        if (run.CtxOut is not null && IsStable(run, "ctx_out"))
        {
            string difference = Bytes("ctx_out", Convert.FromHexString(run.CtxOut), contextOut);
            if (difference.Length > 0)
                return difference;
        }

        return IsStable(run, "maps_after") ? new MapComparison(engine, record, maps).Compare(run) : "";
    }

    private static string Bytes(string what, ReadOnlySpan<byte> recorded, ReadOnlySpan<byte> actual)
    {
        int same = recorded.CommonPrefixLength(actual);
        if (same == recorded.Length && same == actual.Length)
            return "";
        if (recorded.Length != actual.Length)
            return $"{what} has {actual.Length} bytes, recorded {recorded.Length}; the first {same} are the same";
        int shown = Math.Min(8, actual.Length - same);
        return $"{what} differs at byte {same}: {Convert.ToHexStringLower(actual.Slice(same, shown))}, recorded {Convert.ToHexStringLower(recorded.Slice(same, shown))}";
    }

    private static bool IsStable(RecordedRun run, string field) => !run.Unstable.Contains(field);

    private static string Answer(int status) => status == 0 ? "0" : ((Errno)(-status)).ToString();
}
