using System.Diagnostics;
using Holdfast.Isa.Abi;
using Holdfast.Tests.Engines;
using Holdfast.Tests.PerCpu;

namespace Holdfast.Tests.Locks;

/// <summary>
/// A lock in a value that programs of several processes take, and user space with BPF_F_LOCK. Nobody waits for the dead. What a program that is killed has
/// stored stays, so its two words may differ by the one run that was cut, and by no more. <c>HOLDFAST_SPIN_KILLS</c> sets the number of kills.
/// </summary>
[Collection(nameof(Killing))]
public sealed class SpinLockDeathTests(ITestOutputHelper output)
{
    public static TheoryData<MapType> Kinds => [MapType.Array, MapType.Hash];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ProgramsOfSeveralProcessesExcludeEachOther(MapType type)
    {
        using Scene scene = new(type, 2);
        Process[] children = [.. Enumerable.Range(0, 2).Select(child => scene.Start(child, runs: 100, repeat: 500))];
        byte[] value = new byte[24];
        int reads = 0;
        for (; children.Any(static child => !child.HasExited); reads++)
        {
            scene.Read(value);
            Assert.True(SpinLockTests.AreEqual(value), Convert.ToHexString(value));
            if (reads % 16 == 0)
                Thread.Sleep(1);
        }

        foreach (Process child in children)
        {
            Assert.True(child.ExitCode == 0, child.StandardError.ReadToEnd());
            child.Dispose();
        }

        scene.Read(value);
        Assert.Equal(100_000, BitConverter.ToInt64(value, 8));
        Assert.True(SpinLockTests.AreEqual(value));
        output.WriteLine($"{reads} reads");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void NobodyWaitsForTheDead(MapType type)
    {
        int kills = int.TryParse(Environment.GetEnvironmentVariable("HOLDFAST_SPIN_KILLS"), out int more) ? more : 4;
        using Scene scene = new(type, kills);
        Random random = new();
        byte[] value = new byte[24];
        TimeSpan longest = TimeSpan.Zero;
        for (int kill = 0; kill < kills; kill++)
        {
            using Process victim = scene.Start(kill, runs: int.MaxValue, repeat: 20_000);
            Assert.Equal("ready", victim.StandardOutput.ReadLine());
            Thread.Sleep(random.Next(10));
            victim.Kill();
            long start = Stopwatch.GetTimestamp();
            scene.Read(value);
            scene.Run();
            TimeSpan waited = Stopwatch.GetElapsedTime(start);
            longest = waited > longest ? waited : longest;
            victim.WaitForExit();
            Assert.Equal(128 + 9, victim.ExitCode);
        }

        output.WriteLine($"{kills} kills, longest wait {longest.TotalMilliseconds:F1} ms");
        scene.Read(value);
        Assert.InRange(BitConverter.ToInt64(value, 8) - BitConverter.ToInt64(value, 16), 0, kills);
        Assert.InRange(longest, TimeSpan.Zero, TimeSpan.FromSeconds(8));
    }

    /// <summary>A store with a pinned program that adds one to two words under a lock.</summary>
    private sealed class Scene : IDisposable
    {
        private readonly EngineUnderTest _engine = EngineUnderTest.Open("user");
        private readonly string _ledgerPath = Path.GetTempFileName();
        private readonly RunLedger _ledger;
        private readonly int _map;
        private readonly int _program;

        public Scene(MapType type, int lines)
        {
            _ledger = new(_ledgerPath, lines);
            _map = SpinLockTests.CreateMap(Bpf, type, 4);
            Assert.Equal(0, Bpf.MapUpdate(_map, MapCommandTests.Key(1), new byte[24]));
            _program = Programs.Accept(Bpf, SpinLockTests.TwoIncrements(_map), ProgramType.SchedCls);
            Assert.Equal(0, Bpf.Pin(_program, _engine.Pin("p")));
        }

        private IBpfEngine Bpf => _engine.Bpf.Engine;

        public Process Start(int line, int runs, int repeat) =>
            RunChild.Start(Path.GetDirectoryName(_engine.Pins)!, _engine.Pin("p"), _ledgerPath, _ledger.Lines, line, runs, repeat, interpreted: false);

        public void Read(byte[] value) => Assert.Equal(0, Bpf.MapLookup(_map, MapCommandTests.Key(1), value, UpdateFlags.Lock));

        public void Run() => Assert.Equal(0, Bpf.TestRun(_program, new TestRunRequest { DataIn = new byte[64] }, out TestRunResult _));

        public void Dispose()
        {
            Bpf.Close(_program);
            Bpf.Close(_map);
            _engine.Dispose();
            _ledger.Dispose();
            File.Delete(_ledgerPath);
        }
    }
}
