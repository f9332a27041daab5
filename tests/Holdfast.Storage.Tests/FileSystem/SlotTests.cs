using System.Diagnostics;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Tests.FileSystem;

/// <summary>Execution slots: one holder each, in whichever process, and none held by the dead.</summary>
[Collection(nameof(Alone))]
public class SlotTests
{
    [Fact]
    public void A_thread_comes_back_to_its_slot_and_a_run_within_a_run_has_it_too()
    {
        using TemporaryStore temporary = new();
        ExecutionSlots slots = Open(temporary.Store), second = Open(temporary.Store);
        int first = slots.Enter();
        Assert.Equal(first, slots.Enter());
        Assert.Equal(first, second.Enter());
        second.Exit();
        slots.Exit();
        slots.Exit();
        Assert.Equal(first, slots.Enter());
        slots.Exit();
        slots.RemoveUser();
        second.RemoveUser();
    }

    /// <summary>Increments that aren't atomic, by more threads than there are slots, half of them through another view of the file.</summary>
    [Fact]
    public void No_two_threads_hold_one_slot()
    {
        const int runs = 20_000;
        using TemporaryStore temporary = new();
        ExecutionSlots slots = Open(temporary.Store), second = Open(temporary.Store);
        long[] counts = new long[slots.Count * 16];
        Thread[] threads = [.. Enumerable.Range(0, 6).Select(number => new Thread(() =>
        {
            ExecutionSlots mine = number % 2 == 0 ? slots : second;
            for (int run = 0; run < runs; run++)
            {
                counts[mine.Enter() * 16]++;
                mine.Exit();
            }
        }))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        Assert.Equal(6 * runs, counts.Sum());
        slots.RemoveUser();
        second.RemoveUser();
    }

    [Fact]
    public void Slots_of_a_killed_process_are_taken_over()
    {
        using TemporaryStore temporary = new();
        ExecutionSlots slots = Open(temporary.Store);
        using Process child = Child.Start(nameof(ChildScenarios.HoldSlots), temporary.StorePath);
        Assert.Equal("held", child.StandardOutput.ReadLine());

        // All are held by a living process: a run waits.
        Thread waiting = new(() =>
        {
            _ = slots.Enter();
            slots.Exit();
        });
        waiting.Start();
        Assert.False(waiting.Join(100));
        child.Kill();
        child.WaitForExit();
        long start = Stopwatch.GetTimestamp();
        Assert.True(waiting.Join(10_000), $"{Stopwatch.GetElapsedTime(start)}");
        slots.RemoveUser();
    }

    [Fact]
    public void The_file_is_made_when_first_needed_and_refused_if_it_is_not_ours()
    {
        using TemporaryStore temporary = new();
        string path = temporary.StorePath + "/slots";
        Assert.False(File.Exists(path));
        Open(temporary.Store).RemoveUser();
        Assert.True(File.Exists(path));
        Assert.Equal(Errno.None, Try(temporary.Store));
        File.CreateSymbolicLink(path + "2", path);
        File.Move(path + "2", path, overwrite: true);
        Assert.Equal(Errno.ELOOP, Try(temporary.Store));
        File.Delete(path);
        File.WriteAllBytes(path, new byte[100]);
        Assert.Equal(Errno.EINVAL, Try(temporary.Store));
        File.Delete(path);
        Assert.Equal(Errno.None, Try(temporary.Store));
    }

    /// <summary>Whatever is written into the file: a slot below their number, in time.</summary>
    [Fact]
    public void Scribbled_words_do_no_harm()
    {
        using TemporaryStore temporary = new();
        ExecutionSlots slots = Open(temporary.Store);
        using FileStream file = new(temporary.StorePath + "/slots", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        Random random = new(5);
        byte[] word = new byte[4];
        for (int run = 0; run < 200; run++)
        {
            for (int slot = 0; slot < slots.Count; slot++)
            {
                random.NextBytes(word);
                if (random.Next(4) == 0)
                    word[0] = 0xff;
                file.Position = ExecutionSlots.WordsOffset + (slot * ExecutionSlots.WordStride);
                file.Write(word);
            }

            Assert.InRange(slots.Enter(), 0, slots.Count - 1);
            slots.Exit();
        }

        slots.RemoveUser();
    }

    private static ExecutionSlots Open(Store store)
    {
        Assert.True(store.TryOpenSlots(out ExecutionSlots? slots, out StorageError? error), error?.Message);
        return slots;
    }

    private static Errno Try(Store store)
    {
        if (!store.TryOpenSlots(out ExecutionSlots? slots, out StorageError? error))
            return error.Errno;
        slots.RemoveUser();
        return Errno.None;
    }
}
