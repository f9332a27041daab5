using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;

namespace Holdfast.Tests.Engines;

/// <summary>
/// A place with an ordered list of tc programs, one for each engine: a hook, and the loopback interface's incoming traffic (TCX) in a network
/// namespace of the test's own, which goes with the thread that made it.
/// </summary>
internal sealed class LinkPlace
{
    public const AttachType Type = AttachType.TcxIngress;
    private const int NewNetwork = 0x40000000; // CLONE_NEWNET
    private const int Loopback = 1; // the first interface of any namespace

    private LinkPlace(IBpfEngine bpf, int target)
    {
        Bpf = bpf;
        Target = target;
    }

    public IBpfEngine Bpf { get; }

    /// <summary>The hook's descriptor, or the interface's index.</summary>
    public int Target { get; }

    /// <summary>Compares answers of both engines at such a place.</summary>
    public static void Check(string engineName, string sheet, Action<AnswerSheet, LinkPlace> questions) => InNamespace(
        engineName == "kernel",
        () => AnswerSheet.Check(engineName, sheet, answers =>
        {
            LinkPlace place = Make(answers.Bpf);
            questions(answers, place);
            place.Close();
        }));

    /// <summary>Runs a test at such a place.</summary>
    public static void Run(string engineName, Action<EngineUnderTest, LinkPlace> test) => InNamespace(engineName == "kernel", () =>
    {
        using EngineUnderTest engine = EngineUnderTest.Open(engineName);
        LinkPlace place = Make(engine.Bpf.Engine);
        test(engine, place);
        place.Close();
    });

    /// <summary>Loads a tc program that returns a value.</summary>
    public int Program(int returns = -1, ProgramType type = ProgramType.SchedCls) => Programs.Accept(Bpf, $"r0 = {returns}\nexit", type);

    public int Attach(int program, LinkFlags flags = LinkFlags.None, uint relative = 0, ulong revision = 0) =>
        Bpf.LinkCreateTcx(program, Target, Type, (uint)flags, relative, revision);

    public uint ProgramId(int program)
    {
        ProgInfo info = default;
        Assert.Equal(0, Bpf.Info(program, ref info));
        return info.Id;
    }

    public LinkInfo Info(int link)
    {
        LinkInfo info = default;
        Assert.Equal(0, Bpf.Info(link, ref info));
        return info;
    }

    /// <summary>The ids of the programs, in order.</summary>
    public uint[] List()
    {
        uint[] programs = new uint[64];
        int result = Bpf.ProgQuery(Target, Type, programs, new uint[64], out int count, out _);
        return result == -(int)Errno.ENOENT ? [] : programs[..count]; // an interface without programs has no list
    }

    private static LinkPlace Make(IBpfEngine bpf) =>
        new(bpf, bpf is IHookEngine hooks ? hooks.CreateHook(new HookAttribute { ProgramType = ProgramType.SchedCls, AttachType = Type }) : Loopback);

    private void Close()
    {
        if (Bpf is IHookEngine)
            Assert.Equal(0, Bpf.Close(Target));
    }

    private static void InNamespace(bool isNeeded, Action test)
    {
        if (!isNeeded)
        {
            test();
            return;
        }

        ExceptionDispatchInfo? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                if (Unshare(NewNetwork) != 0)
                    Assert.Skip($"no network namespace can be made here: {Marshal.GetLastPInvokeErrorMessage()}");
                test();
            }
            catch (Exception exception)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }

    [DllImport("libc", EntryPoint = "unshare", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Unshare(int flags);
}
