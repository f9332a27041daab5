using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;

namespace Holdfast;

/// <summary>Loads the smallest program of a type, with or without one call of a helper in it.</summary>
internal static class ProgramProbe
{
    private const int LogSize = 4096;

    /// <summary>What the verifiers of all kernels say of a helper that isn't there, or isn't for the type.</summary>
    private static readonly string[] Refusals = ["invalid func ", "unknown func ", "program of this type cannot use helper "];

    /// <summary>Whether programs of the type can be loaded.</summary>
    public static bool Run(IBpfEngine engine, ProgramType type)
    {
        int result = Load(engine, type, [Insn.Mov64Imm(0, 0), Insn.Exit()], out string log);
        if (result >= 0)
            return true;

        // These want a target, and none was given: only those who know the type miss it.
        return type switch
        {
            ProgramType.Tracing or ProgramType.Lsm => log.Contains("attach_btf_id 1 is not a function", StringComparison.Ordinal),
            ProgramType.Ext => log.Contains("Cannot replace kernel functions", StringComparison.Ordinal),
            ProgramType.StructOps => result == -(int)Errno.ENOTSUPP,
            _ => result == -(int)Errno.EPERM ? Denied(engine, type, result) : false,
        };
    }

    /// <summary>Whether programs of the type can call the helper; null where that can't be told.</summary>
    public static bool? Run(IBpfEngine engine, ProgramType type, HelperId helper)
    {
        if (type is ProgramType.Tracing or ProgramType.Lsm or ProgramType.Ext or ProgramType.StructOps)
            return null;

        // The arguments are whatever they are: the helper is looked up first, and a complaint of them means that it was found.
        int result = Load(engine, type, [Insn.Call(helper), Insn.Exit()], out string log);
        if (result >= 0)
            return true;
        if (result == -(int)Errno.EPERM && log.Length == 0)
            return Denied(engine, type, result);
        return log.Length > 0 && !Refusals.Any(refusal => log.Contains(refusal, StringComparison.Ordinal));
    }

    private static bool Denied(IBpfEngine engine, ProgramType type, int result)
    {
        Failure.Throw(engine, result, $"probe of program type {type}");
        return false;
    }

    private static int Load(IBpfEngine engine, ProgramType type, ReadOnlySpan<Instruction> code, out string log)
    {
        byte[] buffer = new byte[LogSize];
        ProgLoadRequest request = new()
        {
            Type = type,
            ExpectedAttachType = AttachTypeOf(type),
            Instructions = code,
            KernelVersion = KernelVersion,
            Flags = type == ProgramType.Syscall ? ProgramFlags.Sleepable : ProgramFlags.None,
            AttachBtfId = type is ProgramType.Tracing or ProgramType.Lsm or ProgramType.Ext ? 1u : 0,
            LogLevel = 1,
            Log = buffer,
        };
        int result = engine.ProgLoad(request, out _);
        if (result >= 0)
            engine.Close(result);
        log = KernelLog.TextOf(buffer);
        return result;
    }

    private static uint KernelVersion
    {
        get
        {
            Version version = Environment.OSVersion.Version;
            return (uint)((version.Major << 16) | (version.Minor << 8) | Math.Min(version.Build, 255));
        }
    }

    /// <summary>Types that can't be loaded without saying for what, or have fewer helpers then.</summary>
    private static AttachType AttachTypeOf(ProgramType type) => type switch
    {
        ProgramType.CgroupSockAddr => AttachType.CgroupInet4Connect,
        ProgramType.CgroupSockopt => AttachType.CgroupGetsockopt,
        ProgramType.CgroupDevice => AttachType.CgroupDevice,
        ProgramType.CgroupSysctl => AttachType.CgroupSysctl,
        ProgramType.SkLookup => AttachType.SkLookup,
        ProgramType.LircMode2 => AttachType.LircMode2,
        ProgramType.Netfilter => AttachType.Netfilter,
        ProgramType.Tracing => AttachType.TraceFentry,
        ProgramType.Lsm => AttachType.ModifyReturn,
        _ => default,
    };
}
