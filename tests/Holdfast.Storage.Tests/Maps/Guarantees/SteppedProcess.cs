using System.Diagnostics;
using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Maps;
using Holdfast.Storage.Memory;
using Holdfast.Storage.Tests.FileSystem;

namespace Holdfast.Storage.Tests.Maps.Guarantees;

/// <summary>
/// A process whose operations on a map are run one machine instruction at a time (<c>PTRACE_SINGLESTEP</c>). After each instruction that
/// changed the map's file the file is copied: what is in it then is what a SIGKILL at that instruction would leave, and what the next
/// process finds, since a death takes nothing along but the locks. So the product needs no hook, and no store can be forgotten.
/// </summary>
internal sealed unsafe partial class SteppedProcess : IDisposable
{
    private const int MostInstructions = 3_000_000;
    private const long SingleStep = 9;
    private const long Detach = 17;
    private const long Seize = 0x4206;
    private const long Interrupt = 0x4207;
    private const long GetSignalInformation = 0x4202;
    private const int Trap = 5;

    private readonly Process _child;
    private readonly string _gatePath;
    private readonly MappedFile _gate;

    public SteppedProcess(MapSubject subject, string gatePath)
    {
        _gatePath = gatePath;
        using (FileStream file = new(_gatePath, FileMode.Create, FileAccess.ReadWrite))
        {
            file.SetLength(4096);
            Assert.Equal(Errno.None, MappedFile.TryMap((int)file.SafeFileHandle.DangerousGetHandle(), 4096, writable: true, out MappedFile? gate));
            _gate = gate!;
        }

        // Everything is compiled at its first call, which is in a rehearsal.
        _child = Child.Start(null, nameof(ChildScenarios.RunSteps), [subject.Name, _gatePath], ("DOTNET_TieredCompilation", "0"));
    }

    /// <summary>How many instructions were run.</summary>
    public long Instructions { get; private set; }

    private ref int Go => ref *(int*)_gate.Base;

    private ref int Done => ref *(int*)(_gate.Base + 64);

    /// <summary>Runs an operation on a pinned map.</summary>
    /// <returns>The file's bytes from the lease table on: before, after each change, and so at the end.</returns>
    public List<byte[]> Run(TestMap map, string pin, string operation)
    {
        _child.StandardInput.WriteLine(string.Join('\t', map.Temporary.StorePath, pin, operation));
        string? ready = _child.StandardOutput.ReadLine();
        if (ready is null)
            Assert.Fail(_child.StandardError.ReadToEnd());
        int thread = int.Parse(ready);
        long length = Math.Min(map.File.Header.DataOffset + map.File.Header.DataLength, 512 << 10);
        Assert.Equal(Errno.None, MappedFile.TryMap(map.File.Descriptor, length, writable: false, out MappedFile? file));
        using (file)
        {
            Require(Trace(Seize, thread, 0, 0));
            Require(Trace(Interrupt, thread, 0, 0));
            List<byte[]> images = [new ReadOnlySpan<byte>(file!.Base + ObjectHeaderLayout.LeaseTableOffset, (int)length - ObjectHeaderLayout.LeaseTableOffset).ToArray()];
            int signal = Stopped(thread);
            Volatile.Write(ref Go, 1);
            for (int step = 0; Volatile.Read(ref Done) == 0; step++)
            {
                Assert.True(step < MostInstructions, $"{operation} doesn't end");
                Require(Trace(SingleStep, thread, 0, signal));
                signal = Stopped(thread);
                Instructions++;
                ReadOnlySpan<byte> now = new(file.Base + ObjectHeaderLayout.LeaseTableOffset, (int)length - ObjectHeaderLayout.LeaseTableOffset);
                if (!now.SequenceEqual(images[^1]))
                    images.Add(now.ToArray());
            }

            Require(Trace(Detach, thread, 0, signal));
            Volatile.Write(ref Done, 0);
            Volatile.Write(ref Go, 0);
            Assert.Equal("done", _child.StandardOutput.ReadLine());
            return images;
        }
    }

    /// <summary>What the child does.</summary>
    public static void Serve(MapSubject subject, string gatePath)
    {
        using FileStream gateFile = new(gatePath, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        Assert.Equal(Errno.None, MappedFile.TryMap((int)gateFile.SafeFileHandle.DangerousGetHandle(), 4096, writable: true, out MappedFile? gate));
        Rehearse(subject);
        while (Console.ReadLine() is { } line)
        {
            string[] words = line.Split('\t');
            Assert.True(Store.TryOpen(words[0], new StoreOptions { SweepBudget = 0 }, out Store? store, out StorageError? error), error?.ToString());
            TestMap map = TestMap.Open(store, words[1]);
            Action run = subject.Operations[words[2]](map.Shared);
            Console.WriteLine(GetThread());
            RunWhenTold(run, ref *(int*)gate!.Base, ref *(int*)(gate.Base + 64));

            // Not before the end is seen: what is closed here is not part of the operation.
            while (Volatile.Read(ref *(int*)gate.Base) != 0)
                Thread.Sleep(1);
            map.Dispose();
            store.Dispose();
            Console.WriteLine("done");
        }
    }

    public void Dispose()
    {
        _child.Kill();
        _child.WaitForExit();
        _child.Dispose();
        _gate.Dispose();
        File.Delete(_gatePath);
    }

    private static void Rehearse(MapSubject subject)
    {
        int go = 1, done = 0;
        foreach (Func<SharedMap, Action> operation in subject.Operations.Values)
        {
            for (int time = 0; time < 2; time++)
            {
                using TestMap map = subject.Create();
                subject.Fill(map.Shared);
                using TestMap view = map.Again();
                RunWhenTold(operation(view.Shared), ref go, ref done);
            }
        }
    }

    private static void RunWhenTold(Action run, ref int go, ref int done)
    {
        while (Volatile.Read(ref go) == 0)
            Thread.SpinWait(20);
        run();
        Volatile.Write(ref done, 1);
    }

    /// <summary>
    /// Waits until the thread has stopped. Not by waitpid(2), of which the runtime's own look at its children takes the news: a
    /// question to a thread that hasn't stopped is refused with ESRCH.
    /// </summary>
    /// <returns>The signal that it stopped for and must still be given, 0 if it is tracing's own.</returns>
    private static int Stopped(int thread)
    {
        byte* information = stackalloc byte[128];
        long start = Stopwatch.GetTimestamp();
        for (int round = 0; Trace(GetSignalInformation, thread, 0, (nint)information) < 0; round++)
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(20), "the process doesn't stop");
            if (round < 100)
                Thread.SpinWait(5);
            else
                Thread.Yield();
        }

        int signal = *(int*)information;
        return signal == Trap ? 0 : signal;
    }

    private static void Require(long result) => Assert.True(result >= 0, $"{(Errno)Marshal.GetLastPInvokeError()}");

    [LibraryImport("libc", EntryPoint = "ptrace", SetLastError = true)]
    private static partial long Trace(long request, int thread, nint address, nint data);

    [LibraryImport("libc", EntryPoint = "gettid")]
    private static partial int GetThread();
}
