using System.Diagnostics;
using System.Net.Sockets;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Tests.FileSystem;

/// <summary>SEMANTICS §1 in its orders, with real processes.</summary>
[Collection(nameof(Alone))]
public class LifetimeTests
{
    [Fact]
    public void A_pin_outlives_the_process_that_made_it()
    {
        using TemporaryStore temporary = new();
        string pin = temporary.Fs + "/p";
        (int exit, string id) = Child.Run(nameof(ChildScenarios.CreateAndPin), temporary.StorePath, pin);
        Assert.Equal(0, exit);
        using ObjectFile map = TemporaryStore.Get(temporary.Store, pin);
        Assert.Equal(uint.Parse(id), map.Key.Id);
    }

    [Fact]
    public void A_holder_in_another_process_keeps_an_unpinned_object_until_it_is_killed()
    {
        using TemporaryStore temporary = new();
        string pin = temporary.Fs + "/p";
        ObjectFile map = temporary.CreateMap();
        ObjectKey key = map.Key;
        Assert.Null(temporary.Store.Bpffs.Pin(map, pin));
        using Process holder = Child.Start(nameof(ChildScenarios.GetAndHold), temporary.StorePath, pin);
        Assert.Equal("held", holder.StandardOutput.ReadLine());
        map.Dispose();
        File.Delete(pin);
        Assert.Equal(0, temporary.Store.Collector.Collect().Freed);
        Assert.True(temporary.Store.TryOpenById(key, ObjectAccess.ReadWrite, out ObjectFile? again, out _));
        again.Dispose();
        Assert.Equal([key], temporary.Objects());
        holder.Kill();
        holder.WaitForExit();
        Assert.Equal(1, temporary.Store.Collector.Collect().Freed);
        Assert.Empty(temporary.Objects());
    }

    [Fact]
    public void An_inherited_descriptor_is_an_object_and_keeps_it()
    {
        using TemporaryStore temporary = new();
        ObjectFile map = temporary.CreateMap();

        // The shell opens nothing: it inherits a duplicate through /proc, which is a new description; adoption locks it.
        (int exit, string output) = Child.Finish(Child.Start(
            $"<>'{temporary.PathOf(map.Key)}'", nameof(ChildScenarios.AdoptStandardInput), [temporary.StorePath]));
        Assert.Equal((0, $"{map.Key} ReadWrite"), (exit, output));
        map.Dispose();
        Assert.Empty(temporary.Objects());
    }

    [Fact]
    public void A_duplicate_keeps_the_object_when_the_original_is_closed()
    {
        using TemporaryStore temporary = new();
        ObjectFile map = temporary.CreateMap();
        int copy = Tmds.Linux.LibC.dup(map.Descriptor);
        map.Dispose();
        Assert.Single(temporary.Objects());
        Assert.True(ObjectFile.TryAdopt(copy, temporary.Store, out ObjectFile? adopted, out _));
        adopted.Dispose();
        Assert.Empty(temporary.Objects());
    }

    [Fact]
    public void A_descriptor_in_flight_over_a_socket_keeps_the_object()
    {
        using TemporaryStore temporary = new();
        ObjectFile map = temporary.CreateMap();
        (int sender, int receiver) = DescriptorPassing.SocketPair();
        Assert.Equal(Errno.None, DescriptorPassing.Send(sender, map.Descriptor));
        map.Dispose();
        Assert.Equal(0, temporary.Store.Collector.Collect().Freed);
        Assert.Single(temporary.Objects());
        Assert.Equal(Errno.None, DescriptorPassing.TryReceive(receiver, out int received));
        Assert.True(ObjectFile.TryAdopt(received, temporary.Store, out ObjectFile? adopted, out _));
        adopted.Dispose();
        Assert.Empty(temporary.Objects());
        _ = Posix.Close(sender);
        _ = Posix.Close(receiver);
    }

    [Fact]
    public void A_descriptor_sent_to_another_process_keeps_the_object_until_that_is_killed()
    {
        using TemporaryStore temporary = new();
        string path = temporary.Root + "/socket";
        using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        using Process receiver = Child.Start(nameof(ChildScenarios.ReceiveAndHold), temporary.StorePath, path);
        ObjectFile map = temporary.CreateMap();
        ObjectKey key = map.Key;
        using (Socket socket = listener.Accept())
        {
            Assert.Equal(Errno.None, DescriptorPassing.Send((int)socket.Handle, map.Descriptor));
            map.Dispose();
        }

        Assert.Equal(0, temporary.Store.Collector.Collect().Freed);
        Assert.Equal(key.ToString(), receiver.StandardOutput.ReadLine());
        Assert.Equal(0, temporary.Store.Collector.Collect().Freed);
        Assert.Equal([key], temporary.Objects());
        receiver.StandardInput.Close();
        receiver.WaitForExit();
        Assert.Equal(1, temporary.Store.Collector.Collect().Freed);
    }

    [Fact]
    public void A_mapping_through_a_reopened_description_does_not_keep_the_object()
    {
        using TemporaryStore temporary = new();
        ObjectFile map = temporary.CreateMap();
        Assert.Equal(Errno.None, map.TryReopen(writable: true, out int own));
        map.Dispose();
        Assert.Empty(temporary.Objects());
        _ = Posix.Close(own);
    }

    [Fact]
    public void Plain_rm_leaves_an_orphan_that_the_next_openers_sweep()
    {
        using TemporaryStore temporary = new();
        for (int index = 0; index < 40; index++)
        {
            using ObjectFile map = temporary.CreateMap();
            Assert.Null(temporary.Store.Bpffs.Pin(map, $"{temporary.Fs}/p{index}"));
        }

        foreach (string pin in Directory.EnumerateFiles(temporary.Fs, "p*"))
            File.Delete(pin);
        Assert.Equal(40, temporary.Objects().Count);
        for (int opener = 0; opener < 3; opener++)
            temporary.Open(new StoreOptions { SweepBudget = 64 }).Dispose();
        Assert.Empty(temporary.Objects());
    }

    [Fact]
    public void An_orphan_is_not_found_by_id()
    {
        using TemporaryStore temporary = new();
        ObjectFile map = temporary.CreateMap();
        ObjectKey key = map.Key;
        Assert.Null(temporary.Store.Bpffs.Pin(map, temporary.Fs + "/p"));
        map.Dispose();
        File.Delete(temporary.Fs + "/p");
        Assert.False(temporary.Store.TryOpenById(key, ObjectAccess.ReadWrite, out _, out StorageError? error));
        Assert.Equal(Errno.ENOENT, error.Errno);
        Assert.Empty(temporary.Objects());
    }

    [Fact]
    public void Stock_tools_move_link_and_remove_pins()
    {
        using TemporaryStore temporary = new();
        string directory = temporary.Fs;
        ObjectFile map = temporary.CreateMap();
        ObjectKey key = map.Key;
        Assert.Null(temporary.Store.Bpffs.Pin(map, directory + "/a"));
        map.Dispose();
        Shell($"mkdir '{directory}/d' && mv '{directory}/a' '{directory}/d/b' && ln '{directory}/d/b' '{directory}/c' && rm '{directory}/d/b' && rmdir '{directory}/d'");
        using (ObjectFile again = TemporaryStore.Get(temporary.Store, directory + "/c"))
            Assert.Equal(key, again.Key);
        Shell($"rm '{directory}/c'");
        Assert.Equal(1, temporary.Store.Collector.Collect().Freed);
    }

    [Fact]
    public void Cycles_go_when_nothing_outside_refers_to_them()
    {
        using TemporaryStore temporary = new();
        (ObjectFile array, ObjectFile program) = MakeCycle(temporary);
        Assert.Null(temporary.Store.Bpffs.Pin(program, temporary.Fs + "/p"));
        array.Dispose();
        program.Dispose();
        Assert.Equal(0, temporary.Store.Collector.Collect().Freed);
        File.Delete(temporary.Fs + "/p");
        CollectorStatistics statistics = temporary.Store.Collector.Collect();
        Assert.Equal(3, statistics.FreedInCycles);
        Assert.Empty(temporary.Objects());
        Assert.Empty(Directory.EnumerateFileSystemEntries(temporary.StorePath + "/refs"));
    }

    [Fact]
    public void A_cycle_that_somebody_holds_stays_with_all_it_refers_to()
    {
        using TemporaryStore temporary = new();
        (ObjectFile array, ObjectFile program) = MakeCycle(temporary);
        array.Dispose();
        Assert.Equal(0, temporary.Store.Collector.Collect().Freed);
        Assert.Equal(3, temporary.Objects().Count);
        program.Dispose();
        Assert.Equal(3, temporary.Store.Collector.Collect().Freed);
        Assert.Empty(temporary.Objects());
    }

    [Fact]
    public void Any_number_of_separate_cycles_goes_with_few_descriptors()
    {
        using TemporaryStore temporary = new();
        for (int index = 0; index < 500; index++)
        {
            (ObjectFile array, ObjectFile program) = MakeCycle(temporary);
            array.Dispose();
            program.Dispose();
        }

        int most = 0;
        Posix.Interceptor = call => most = call == "unlinkat" ? Math.Max(most, Directory.GetFiles("/proc/self/fd").Length) : most;
        int before = Directory.GetFiles("/proc/self/fd").Length;
        CollectorStatistics statistics = temporary.Store.Collector.Collect();
        Posix.Interceptor = null;
        Assert.Equal(1500, statistics.FreedInCycles);
        Assert.Empty(temporary.Objects());
        Assert.InRange(most, 1, before + 20);
    }

    [Fact]
    public void One_cycle_of_more_objects_than_descriptors_goes_whole()
    {
        using TemporaryStore temporary = new();
        using ObjectFile map = temporary.CreateMap();
        Ring.Make(temporary.Store, 300, map).ForEach(static file => file.Dispose());
        (int exit, string output) = Child.Finish(Child.Start("prlimit --nofile=256:256", nameof(ChildScenarios.Collect), [temporary.StorePath]));
        Assert.Equal(0, exit);
        Assert.Equal("256 descriptors, 600 freed", output);
        Assert.Equal([map.Key], temporary.Objects());
        Assert.Empty(Directory.EnumerateFileSystemEntries(temporary.StorePath + "/refs"));
    }

    [Fact]
    public void A_long_cycle_that_somebody_holds_stays_and_is_unlocked_again()
    {
        using TemporaryStore temporary = new();
        using ObjectFile map = temporary.CreateMap();
        List<ObjectFile> files = Ring.Make(temporary.Store, 100, map);
        ObjectKey[] keys = [.. files.Select(static file => file.Key)];
        files.ForEach(static file => file.Dispose());
        ObjectFile? held = null;

        // Opened when most are locked already: by somebody who was faster than the collector.
        int locks = 0;
        Posix.Interceptor = call =>
        {
            if (call != "mmap" || locks++ != 50)
                return;
            Posix.Interceptor = null;
            foreach (ObjectKey key in keys)
            {
                int descriptor = Open(key);
                if (held is not null || OfdLock.TryShared(descriptor, OfdLock.LivenessByte) != 0)
                    _ = Posix.Close(descriptor);
                else
                    Assert.True(ObjectFile.TryAdopt(descriptor, temporary.Store, out held, out _));
            }
        };
        Assert.Equal(0, temporary.Store.Collector.Collect().Freed);
        Assert.NotNull(held);
        foreach (ObjectKey key in keys)
        {
            Assert.True(ObjectFile.TryAdopt(Open(key), temporary.Store, out ObjectFile? file, out StorageError? error), error?.ToString());
            file.Dispose();
        }

        held.Dispose();
        Assert.Equal(200, temporary.Store.Collector.Collect().FreedInCycles);
        Assert.Equal([map.Key], temporary.Objects());

        int Open(ObjectKey key) => Posix.OpenAt(Tmds.Linux.LibC.AT_FDCWD, PathText.Bytes(temporary.PathOf(key) + "\0"), Tmds.Linux.LibC.O_RDWR | Tmds.Linux.LibC.O_CLOEXEC);
    }

    [Fact]
    public void A_collector_leaves_the_work_to_one_that_is_at_it()
    {
        using TemporaryStore temporary = new();
        using FileStream other = new(temporary.StorePath + "/lock", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        Assert.Equal(0, OfdLock.TryExclusive((int)other.SafeFileHandle.DangerousGetHandle(), ReferenceLock.CollectorByte));
        Assert.True(temporary.Store.Collector.Collect().WasBusy);
    }

    [Fact]
    public void Openers_racing_the_last_close_get_the_live_object_or_none()
    {
        using TemporaryStore temporary = new();
        for (int round = 0; round < 300; round++)
        {
            ObjectFile map = temporary.CreateMap();
            ObjectKey key = map.Key;
            using Barrier barrier = new(3);
            Thread[] openers = [.. Enumerable.Range(0, 2).Select(_ => new Thread(() =>
            {
                barrier.SignalAndWait();
                if (temporary.Store.TryOpenById(key, ObjectAccess.ReadWrite, out ObjectFile? file, out StorageError? error))
                {
                    // Whoever has it may rely on it: it can be pinned, so it has a name in the store.
                    Assert.True(File.Exists(temporary.PathOf(key)));
                    file.Dispose();
                }
                else
                {
                    Assert.Equal(Errno.ENOENT, error.Errno);
                }
            }))];
            foreach (Thread opener in openers)
                opener.Start();
            barrier.SignalAndWait();
            map.Dispose();
            foreach (Thread opener in openers)
                opener.Join();
        }

        // Two closers may each have seen the other's probe; a sweep settles that.
        temporary.Store.Collector.Collect();
        Assert.Empty(temporary.Objects());
    }

    /// <summary>A program that uses a prog array that holds the program; and a map below, which is in no cycle.</summary>
    private static (ObjectFile Array, ObjectFile Program) MakeCycle(TemporaryStore temporary)
    {
        ObjectFile array = temporary.CreateMap("progs", 4096, MapType.ProgArray);
        using ObjectFile map = temporary.CreateMap();
        ObjectFile program = TemporaryStore.Create(temporary.Store, TemporaryStore.Program(array, map));
        Assert.True(temporary.Store.TryBeginReferenceChange(array.Key, out ReferenceChange? change, out _));
        Assert.Null(change.Add(program));
        change.Dispose();
        return (array, program);
    }

    private static void Shell(string command)
    {
        using Process shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command]) { RedirectStandardError = true })!;
        string error = shell.StandardError.ReadToEnd();
        shell.WaitForExit();
        Assert.True(shell.ExitCode == 0, error);
    }
}
