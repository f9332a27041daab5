using Holdfast.Verifier;

namespace Holdfast.Execution.Jit;

/// <summary>Cuts a function into regions that RyuJIT optimises well.</summary>
internal static class RegionSplitter
{
    /// <summary>Cuts a function.</summary>
    /// <param name="program">The program.</param>
    /// <param name="graph">The function.</param>
    /// <returns>One region if all of it fits a method, else several.</returns>
    public static List<Region> Split(VerifiedProgram program, FunctionGraph graph)
    {
        int[] costs = [.. graph.Blocks.Select(block => RegionCost.Of(program, graph, block))];
        int[] crossings = LoopsCrossing(graph);
        List<Region> regions = [];
        int first = 0;
        int cost = 0;
        for (int i = 0; i < costs.Length; i++)
        {
            if (cost + costs[i] > RegionCost.Limit && i > first)
            {
                int cut = BestCut(crossings, costs, first, i);
                regions.Add(new(first, cut));
                first = cut;
                i = cut;
                cost = 0;
            }

            cost += costs[i];
        }

        regions.Add(new(first, costs.Length));
        return regions;
    }

    /// <summary>How many loops have a block before and a block at or after each index: a border there costs a call each time around.</summary>
    private static int[] LoopsCrossing(FunctionGraph graph)
    {
        int[] changes = new int[graph.Blocks.Count + 1];
        foreach (BasicBlock block in graph.Blocks)
        {
            foreach (BasicBlock next in block.Successors.Where(next => next.Index <= block.Index))
            {
                changes[next.Index + 1]++;
                changes[block.Index + 1]--;
            }
        }

        for (int i = 1; i < changes.Length; i++)
        {
            changes[i] += changes[i - 1];
        }

        return changes;
    }

    /// <summary>The cut within the second half of what fits that the fewest loops cross; the last of those.</summary>
    private static int BestCut(int[] crossings, int[] costs, int first, int limit)
    {
        int best = limit;
        int rest = 0;
        for (int i = limit; i > first && rest < RegionCost.Limit / 2; i--)
        {
            best = crossings[i] < crossings[best] ? i : best;
            rest += costs[i - 1];
        }

        return best;
    }
}
