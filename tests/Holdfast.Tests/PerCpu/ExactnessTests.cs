using System.Diagnostics;
using Holdfast.Isa.Abi;
using Holdfast.Tests.Engines;

namespace Holdfast.Tests.PerCpu;

/// <summary>
/// The promise of execution slots: plain increments by any number of threads and processes are all there, and a killed process leaves at
/// most one that it had not told of. <c>HOLDFAST_SLOT_KILLS</c> sets the number of kills.
/// </summary>
[Collection(nameof(Killing))]
public sealed class ExactnessTests(ITestOutputHelper output)
{
    private const int Processes = 2, Threads = 4;

    public static TheoryData<bool, MapType> Cases => new MatrixTheoryData<bool, MapType>([false, true], PerCpuMapTests.Types);

    [Theory]
    [MemberData(nameof(Cases))]
    public void NoIncrementIsLost(bool interpreted, MapType type)
    {
        using Scene scene = new(type, Processes, interpreted);
        Process[] children = [.. Enumerable.Range(0, Processes).Select(child => scene.Start(child, runs: 200, repeat: 100))];
        foreach (Process child in children)
            Assert.Equal("ready", child.StandardOutput.ReadLine());
        scene.RunHere(Threads, 1500);
        foreach (Process child in children)
            Finish(child);
        Assert.Equal(Processes * 200 * 100, scene.Ledger.Total);
        Assert.Equal(scene.Ledger.Total + (Threads * 1500), scene.Sum());
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void AKillCostsNoMoreThanTheRunsThatItCut(bool interpreted, MapType type)
    {
        int kills = int.TryParse(Environment.GetEnvironmentVariable("HOLDFAST_SLOT_KILLS"), out int more) ? more : 3;
        using Scene scene = new(type, kills + 1, interpreted);
        Random random = new();
        Process survivor = scene.Start(0, runs: 1000, repeat: 1);
        for (int kill = 1; kill <= kills; kill++)
        {
            using Process victim = scene.Start(kill, runs: int.MaxValue, repeat: 1);
            Assert.Equal("ready", victim.StandardOutput.ReadLine());
            Thread.Sleep(random.Next(30));
            victim.Kill();
            victim.WaitForExit();
            Assert.Equal(128 + 9, victim.ExitCode);

            // Whatever slot it held, others run on.
            long start = Stopwatch.GetTimestamp();
            scene.RunHere(Threads, 100);
            Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(20));
        }

        Finish(survivor);
        long told = scene.Ledger.Total + ((long)kills * Threads * 100), cut = scene.Sum() - told;
        output.WriteLine($"{kills} kills, {told} runs told of, {cut} increments of runs that were cut");
        Assert.InRange(cut, 0, kills);
    }

    private static void Finish(Process child)
    {
        using (child)
        {
            string error = child.StandardError.ReadToEnd();
            child.WaitForExit();
            Assert.True(child.ExitCode == 0, error);
        }
    }

    /// <summary>A store with a pinned program that counts its runs.</summary>
    private sealed class Scene : IDisposable
    {
        private readonly EngineUnderTest _engine;
        private readonly bool _interpreted;
        private readonly BpfMap _map;
        private readonly BpfProgram _program;

        public Scene(MapType type, int lines, bool interpreted)
        {
            _engine = EngineUnderTest.Open("user", interpreted: interpreted);
            _interpreted = interpreted;
            _map = _engine.CreateMapOrSkip(type, 4, 8, 4);
            if (type != MapType.PerCpuArray)
                _map.Update(MapCommandTests.Key(1), new byte[_map.ValueBufferSize]);
            int program = Programs.Accept(
                _engine.Bpf.Engine,
                PerCpuProgramTests.LookedUp(PerCpuProgramTests.Handle(_map), 1, "r1 = *(u64 *)(r0 + 0)\nr1 += 1\n*(u64 *)(r0 + 0) = r1\nr0 = 0\nexit"));
            Assert.Equal(0, _engine.Bpf.Engine.Pin(program, _engine.Pin("p")));
            _engine.Bpf.Engine.Close(program);
            _program = _engine.Bpf.OpenPinnedProgram(_engine.Pin("p"));
            LedgerPath = Path.GetTempFileName();
            Ledger = new RunLedger(LedgerPath, lines);
        }

        public RunLedger Ledger { get; }

        private string LedgerPath { get; }

        public Process Start(int line, int runs, int repeat) =>
            RunChild.Start(Path.GetDirectoryName(_engine.Pins)!, _engine.Pin("p"), LedgerPath, Ledger.Lines, line, runs, repeat, _interpreted);

        /// <summary>Runs in threads of this process.</summary>
        public void RunHere(int threads, int runs)
        {
            Thread[] all = [.. Enumerable.Range(0, threads).Select(_ => new Thread(() => Enumerable.Range(0, runs).ToList().ForEach(_ => _program.TestRun(new byte[64]))))];
            foreach (Thread thread in all)
                thread.Start();
            foreach (Thread thread in all)
                thread.Join();
        }

        public long Sum()
        {
            BpfPerCpuMap<uint, long> typed = _map.AsPerCpu<uint, long>();
            long[] values = new long[typed.Cpus];
            Assert.True(typed.TryLookup(1, values));
            return values.Sum();
        }

        public void Dispose()
        {
            _program.Dispose();
            _map.Dispose();
            _engine.Dispose();
            Ledger.Dispose();
            File.Delete(LedgerPath);
        }
    }
}
