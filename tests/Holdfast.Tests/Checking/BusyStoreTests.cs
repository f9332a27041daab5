using Holdfast.Isa.Abi;
using Holdfast.Storage.Checking;

namespace Holdfast.Tests.Checking;

/// <summary>Writers at work make much look odd for a moment; none of it is a finding.</summary>
[Collection(nameof(Alone))]
public sealed class BusyStoreTests
{
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(int.TryParse(Environment.GetEnvironmentVariable("HOLDFAST_FSCK_SECONDS"), out int seconds) ? seconds : 4);

    [Fact]
    public async Task ABusyStoreIsClean()
    {
        using FilledStore store = new();
        using CancellationTokenSource stop = new(Time);
        Task[] writers =
        [
            Hammer(store, (bpf, round) => WriteNumbers(bpf, store, round), stop.Token),
            Hammer(store, (bpf, round) => ChangeObjects(bpf, store, round), stop.Token),
            Hammer(store, (bpf, _) => ChangeSlots(bpf, store), stop.Token),
        ];
        int checks = 0;
        StoreCheck.IsHasty = false;
        while (!stop.IsCancellationRequested)
        {
            Assert.Equal([], BpfStore.Check(store.Path).Findings);
            checks++;
        }

        await Task.WhenAll(writers);
        Assert.True(checks > 3, $"only {checks} checks were made");
        Assert.Equal([], BpfStore.Check(store.Path).Findings);
    }

    private static Task Hammer(FilledStore store, Action<Bpf, uint> write, CancellationToken stop) => Task.Factory.StartNew(
        () =>
        {
            using Bpf bpf = store.Open();
            for (uint round = 0; !stop.IsCancellationRequested; round++)
                write(bpf, round);
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);

    private static void WriteNumbers(Bpf bpf, FilledStore store, uint round)
    {
        using BpfMap numbers = bpf.OpenPinnedMap(store.Pin("numbers"));
        using BpfMap big = bpf.OpenPinnedMap(store.Pin("big"));
        for (uint index = 0; index < 2000; index++)
        {
            byte[] key = BitConverter.GetBytes(index % 17 == 0 ? FilledStore.Key(3) : FilledStore.Key(index * round % 400));
            if (index % 5 == 0)
                _ = numbers.TryDelete(key);
            else
                numbers.Update(key, FilledStore.Value(index));
            big.Update(BitConverter.GetBytes(index % 8), new byte[64]);
        }
    }

    private static void ChangeObjects(Bpf bpf, FilledStore store, uint round)
    {
        string pin = store.Pin($"new{round % 3}");
        using (BpfMap map = bpf.CreateMap(MapType.Hash, 4, 4, 10))
            map.Pin(pin);
        bpf.Unpin(pin);
    }

    private static void ChangeSlots(Bpf bpf, FilledStore store)
    {
        using BpfMap slots = bpf.OpenPinnedMap(store.Pin("slots"));
        using BpfProgram program = bpf.OpenPinnedProgram(store.Pin("flow/flow_stats"));
        byte[] key = BitConverter.GetBytes(2);
        slots.Update(key, BitConverter.GetBytes(program.Handle.Descriptor));
        _ = slots.TryDelete(key);
        _ = program.TestRun(new TestRunOptions { Data = new byte[60] });
    }
}
