using Holdfast.Isa.Abi;

namespace Holdfast.Storage.Tests.Maps.Guarantees;

/// <summary>
/// Whether what processes saw of one key can have happened in some order of single steps, each between its command's start and end
/// (J. M. Wing and C. Gong's search, with G. Lowe's memory of what was tried).
/// </summary>
internal static class History
{
    private const int PlaceBits = 21;

    /// <summary>Looks for an order.</summary>
    /// <param name="histories">What each process did with the key, at most three processes: of each, one command after the other.</param>
    /// <param name="initial">The key's value at the start, 0 for none.</param>
    /// <returns>Null if there is one, else what can't be.</returns>
    public static string? Check(IReadOnlyList<HistoryEvent>[] histories, ulong initial)
    {
        HashSet<(ulong Places, ulong State)> tried = [];
        Stack<(ulong Places, ulong State)> open = new([(0, initial)]);
        ulong farthest = 0;
        while (open.TryPop(out (ulong Places, ulong State) node))
        {
            if (!tried.Add(node))
                continue;

            // Each process's next command; one may be the first of them if it began before every other's end.
            HistoryEvent?[] next = [.. histories.Select((history, number) => Place(node.Places, number) is var at && at < history.Count ? history[at] : null)];
            if (Array.TrueForAll(next, item => item is null))
                return null;
            if (Sum(node.Places) > Sum(farthest))
                farthest = node.Places;
            long firstEnd = next.Min(item => item?.End ?? long.MaxValue);
            for (int number = 0; number < next.Length; number++)
            {
                if (next[number] is { } item && item.Start <= firstEnd && TryStep(item, node.State, out ulong state))
                    open.Push((node.Places + (1ul << (number * PlaceBits)), state));
            }
        }

        IEnumerable<HistoryEvent> around = histories.SelectMany((history, number) => history.Skip(Math.Max(0, Place(farthest, number) - 3)).Take(6)).OrderBy(item => item.Start);
        return $"no order explains\n{string.Join('\n', around)}";
    }

    private static int Place(ulong places, int number) => (int)(places >> (number * PlaceBits)) & ((1 << PlaceBits) - 1);

    private static int Sum(ulong places) => Place(places, 0) + Place(places, 1) + Place(places, 2);

    /// <summary>What a command does to a key's value, 0 for none; whether it can have answered as it did.</summary>
    private static bool TryStep(HistoryEvent item, ulong state, out ulong next)
    {
        next = state;
        int expected = 0;
        ulong read = 0;
        switch (item.Command)
        {
            case "lookup":
                expected = state == 0 ? -(int)Errno.ENOENT : 0;
                read = state;
                break;
            case "delete":
                expected = state == 0 ? -(int)Errno.ENOENT : 0;
                next = 0;
                break;
            case "take":
                expected = state == 0 ? -(int)Errno.ENOENT : 0;
                read = state;
                next = 0;
                break;
            case "insert":
                expected = state == 0 ? 0 : -(int)Errno.EEXIST;
                next = state == 0 ? item.Value : state;
                break;
            case "replace":
                expected = state == 0 ? -(int)Errno.ENOENT : 0;
                next = state == 0 ? 0 : item.Value;
                break;
            default:
                next = item.Value;
                break;
        }

        return item.Result == expected && item.Read == read;
    }
}
