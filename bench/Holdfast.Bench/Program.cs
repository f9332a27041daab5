namespace Holdfast.Bench;

/// <summary>
/// Measures what the project promises (docs/performance.md). <c>--quick</c> ends in less than a minute; <c>--only NAME</c> picks
/// one group: <c>jit</c>, <c>constant</c>, <c>array</c>, <c>hash</c>, <c>programs</c>,
/// <c>scaling</c>, <c>memory</c>, <c>durable</c>, <c>lpm</c>, <c>lru</c>, <c>percpu</c>, <c>ring</c>, <c>kernel</c>, <c>load</c>, <c>pins</c>.
/// </summary>
internal static class Program
{
    private static readonly (string Name, Action<Report> Run)[] Groups =
    [
        ("jit", LoopBenchmark.Run),
        ("constant", ConstantBenchmark.Run),
        ("array", MapBenchmark.RunArray),
        ("hash", MapBenchmark.RunHash),
        ("programs", ProgramMapBenchmark.Run),
        ("scaling", ScalingBenchmark.Run),
        ("memory", MemoryBenchmark.Run),
        ("durable", DurableBenchmark.Run),
        ("lpm", LpmBenchmark.Run),
        ("lru", LruBenchmark.Run),
        ("percpu", PerCpuBenchmark.Run),
        ("ring", RingBenchmark.Run),
        ("kernel", KernelMapBenchmark.Run),
        ("load", LoadBenchmark.Run),
        ("pins", PinBenchmark.Run),
    ];

    private static int Main(string[] arguments)
    {
        if (LoadChild.TryRun(arguments))
            return 0;

        if (arguments is [RingBenchmark.Writer, var engine, var store, var id])
        {
            RingBenchmark.Write(engine, store, id);
            return 0;
        }

        if (arguments is [ScalingBenchmark.Worker, var kind, var place, var half])
        {
            ScalingBenchmark.Work(kind, place, half);
            return 0;
        }

        string? only = null;
        bool quick = false;
        for (int i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] == "--quick")
            {
                quick = true;
            }
            else if (arguments[i] == "--only" && i + 1 < arguments.Length && Array.Exists(Groups, group => group.Name == arguments[i + 1]))
            {
                only = arguments[++i];
            }
            else
            {
                Console.Error.WriteLine($"usage: Holdfast.Bench [--quick] [--only {string.Join('|', Groups.Select(group => group.Name))}]");
                return 2;
            }
        }

        Report report = new(quick);
        report.Machine();
        foreach ((string name, Action<Report> run) in Groups)
        {
            if (only is null || only == name)
            {
                run(report);
            }
        }

        return report.Misses == 0 ? 0 : 1;
    }
}
