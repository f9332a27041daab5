using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Objects;

namespace Holdfast;

/// <summary>Finds what a program is to be attached to in the kernel's types.</summary>
internal sealed class AttachTargetFinder(BpfLoadOptions options, KernelEnvironment kernel, StructOpsTables tables)
{
    public AttachTarget Find(ProgramSpec program)
    {
        if (program.Type == ProgramType.StructOps)
            return tables.TargetOf(program);
        if (program.AttachBtf == AttachBtfKind.None)
            return default;
        if (program.AttachTarget is not { } target)
            throw Fail(program, Errno.EINVAL, $"its section '{program.SectionName}' names no target; name one in it, or set ProgramSpec.AttachTarget");
        if (program.AttachBtf == AttachBtfKind.Program || (program.AttachBtf == AttachBtfKind.Function && options.ReplacedPrograms.ContainsKey(program.Name)))
            return FindInProgram(program, target);
        kernel.RequireOwnTypes($"program '{program.Name}'");
        (KernelType? type, string looked) = program.AttachBtf switch
        {
            AttachBtfKind.Tracepoint => Look<BtfTypedef>("btf_trace_", target),
            AttachBtfKind.Lsm => Look<BtfFunction>("bpf_lsm_", target),
            AttachBtfKind.Iterator => Look<BtfFunction>("bpf_iter_", target),
            _ => Look<BtfFunction>("", target),
        };
        return type is { } found
            ? new(found.Id, found.Module)
            : throw Fail(program, Errno.ENOENT, $"the kernel's types have no {Describe(program.AttachBtf)} '{target}'{(looked == target ? "" : $" ({looked})")} to attach to; name one that this kernel has, or leave the program out (BpfObjectSpec.Without)");
    }

    private static string Describe(AttachBtfKind kind) => kind switch
    {
        AttachBtfKind.Tracepoint => "tracepoint",
        AttachBtfKind.Lsm => "LSM hook",
        AttachBtfKind.Iterator => "iterator",
        _ => "function",
    };

    private (KernelType? Type, string Looked) Look<T>(string prefix, string target)
        where T : BtfType
    {
        int name = target.IndexOf(':', StringComparison.Ordinal) + 1;
        string looked = $"{target[..name]}{prefix}{target[name..]}";
        return (kernel.Find<T>(looked), looked);
    }

    private AttachTarget FindInProgram(ProgramSpec program, string target)
    {
        if (!options.ReplacedPrograms.TryGetValue(program.Name, out BpfProgram? replaced))
            throw Fail(program, Errno.EINVAL, $"it replaces '{target}' of another program; name that in BpfLoadOptions.ReplacedPrograms");
        BtfGraph? types = MapTypes.ReadGraph(replaced.Engine, replaced.Info.BtfId);
        return types?.FindByName<BtfFunction>(target) is { } function
            ? new(function.Id, replaced.Handle.Descriptor)
            : throw Fail(program, Errno.ENOENT, $"program '{replaced.Name}' has no function '{target}' in its BTF; load it from an object with BTF that has one");
    }

    private static BpfException Fail(ProgramSpec program, Errno errno, string message) => new(errno, $"program '{program.Name}': {message} [{errno}]");
}
