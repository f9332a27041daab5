namespace Holdfast.Storage.Tests.Maps.Guarantees;

/// <summary>One command of one process: when it began and ended, by the clock that all processes share, what was asked and answered.</summary>
internal sealed record HistoryEvent(long Start, long End, uint Key, string Command, ulong Value, int Result, ulong Read)
{
    public static HistoryEvent Parse(string line)
    {
        string[] words = line.Split(' ');
        return new(long.Parse(words[0]), long.Parse(words[1]), uint.Parse(words[2]), words[3], ulong.Parse(words[4]), int.Parse(words[5]), ulong.Parse(words[6]));
    }

    public override string ToString() => $"{Start} {End} {Key} {Command} {Value} {Result} {Read}";
}
