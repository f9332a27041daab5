using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Userspace;
using Holdfast.Userspace.Hooks;
using Holdfast.Userspace.Programs.Contexts;

namespace Holdfast;

/// <summary>
/// A place to attach programs to: an ordered list of programs of one type, which host processes run. Whoever attaches, updates or detaches
/// changes the list in shared memory; every host sees it at its next run, and nobody else needs to run. A program leaves the list with its
/// link: by <see cref="BpfLink.Detach"/>, or when the link's last descriptor and last pin are gone.
/// </summary>
public sealed class Hook : BpfHandle
{
    private readonly Lock _lock = new();
    private HookHost? _host;

    internal Hook(IBpfEngine engine, int descriptor)
        : base(engine, descriptor)
    {
        HookInfo info = default;
        int result = engine.Info(descriptor, ref info);
        if (result < 0)
        {
            Handle.Dispose();
            Failure.Throw(engine, result, "hook info");
        }

        Id = info.Id;
        Name = info.Name.ToString();
        ProgramType = info.ProgramType;
        AttachType = info.AttachType;
        Slots = (int)info.Slots;
    }

    /// <summary>The hook's id.</summary>
    public uint Id { get; }

    /// <summary>The hook's name, possibly empty; not a pin.</summary>
    public string Name { get; }

    /// <summary>The type of its programs.</summary>
    public ProgramType ProgramType { get; }

    /// <summary>The attach type of its links.</summary>
    public AttachType AttachType { get; }

    /// <summary>Most programs at once.</summary>
    public int Slots { get; }

    /// <summary>Asks what is attached now (BPF_PROG_QUERY).</summary>
    /// <returns>The programs in order, and the list's revision.</returns>
    /// <exception cref="BpfException">The engine refused.</exception>
    public HookPrograms ReadPrograms()
    {
        uint[] programs = new uint[Slots], links = new uint[Slots];
        Failure.Check(Engine, Engine.ProgQuery(Descriptor, AttachType, programs, links, out int count, out ulong revision), $"programs of hook {Id}");
        return new(revision, [.. programs.Zip(links, (program, link) => new HookProgram(program, link)).Take(count)]);
    }

    /// <summary>Runs what is attached on given input, as a test run does a program of the hook's type (BPF_PROG_TEST_RUN).</summary>
    /// <param name="options">Packet, context, repetitions; each repetition runs what is attached then.</param>
    /// <returns>The programs' common verdict, packet and context afterwards.</returns>
    /// <exception cref="BpfException">EINVAL: the input does not fit the type; ENOTSUPP: the type has no test run; another: a program can't run here.</exception>
    public TestRunOutcome Run(TestRunOptions options) => TestRuns.Run(Engine, Descriptor, ProgramType, $"run of hook {Id}", options);

    /// <summary>Runs what is attached once on a packet.</summary>
    /// <param name="data">The packet.</param>
    /// <returns>The programs' common verdict.</returns>
    public uint Run(ReadOnlyMemory<byte> data) => Run(new TestRunOptions { Data = data }).ReturnValue;

    /// <summary>
    /// Runs what is attached on a host's own context: for hosts, from any number of threads, each with its context. Allocates nothing unless the
    /// list has changed.
    /// </summary>
    /// <param name="context">A context of the hook's program type (<see cref="XdpContext"/>, <see cref="SkBuffContext"/>, …), which the host vouches for.</param>
    /// <returns>The programs' common verdict.</returns>
    /// <exception cref="BpfException">A program that is attached can't run here; the message says which, why, and how to detach it.</exception>
    public uint Run(HostContext context)
    {
        HookHost host = Volatile.Read(ref _host) ?? OpenHost();
        if (host.TryRun(context, out uint verdict, out StorageError? error))
            return verdict;
        throw new BpfException(error!.Errno, $"run of hook {Id}: {error.Message} [{error.Errno}]");
    }

    private protected override void CloseMore() => _host?.Dispose();

    private HookHost OpenHost()
    {
        lock (_lock)
        {
            if (_host is null)
            {
                Failure.Check(Engine, ((UserspaceEngine)Engine).OpenHost(Descriptor, out HookHost? opened), $"open hook {Id}");
                Volatile.Write(ref _host, opened);
            }

            return _host!;
        }
    }
}
