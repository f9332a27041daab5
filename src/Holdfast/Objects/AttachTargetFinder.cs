using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Objects;

namespace Holdfast;

/// <summary>Finds what a program is to be attached to in the kernel's types.</summary>
internal sealed class AttachTargetFinder(BpfObjectSpec spec, BpfLoadOptions options, KernelEnvironment kernel)
{
    public AttachTarget Find(ProgramSpec program)
    {
        if (program.Type == ProgramType.StructOps)
            return FindInTables(program);
        if (program.AttachBtf == AttachBtfKind.None)
            return default;
        if (program.AttachTarget is not { } target)
            throw Fail(program, Errno.EINVAL, $"its section '{program.SectionName}' names no target; set ProgramSpec.AttachTarget");
        if (program.AttachBtf == AttachBtfKind.Program)
            return FindInProgram(program, target);
        BtfGraph types = kernel.RequireTypes($"program '{program.Name}'");
        BtfType? type = program.AttachBtf switch
        {
            AttachBtfKind.Tracepoint => types.FindByName<BtfTypedef>("btf_trace_" + target),
            AttachBtfKind.Lsm => types.FindByName<BtfFunction>("bpf_lsm_" + target),
            AttachBtfKind.Iterator => types.FindByName<BtfFunction>("bpf_iter_" + target),
            _ => types.FindByName<BtfFunction>(target),
        };
        return type is null ? throw Fail(program, Errno.ENOENT, $"the kernel's types have no '{target}' to attach to") : new(type.Id, 0);
    }

    private AttachTarget FindInTables(ProgramSpec program)
    {
        foreach (MapSpec map in spec.Maps.Where(map => map.Contents == MapContents.StructOps))
        {
            if (new StructOpsTable(spec, map, kernel).TargetOf(program.Name) is { } target)
                return target;
        }

        throw Fail(program, Errno.EINVAL, "no struct_ops table of the object refers to it");
    }

    private AttachTarget FindInProgram(ProgramSpec program, string target)
    {
        if (!options.ReplacedPrograms.TryGetValue(program.Name, out BpfProgram? replaced))
            throw Fail(program, Errno.EINVAL, $"it replaces '{target}' of another program; name that in BpfLoadOptions.ReplacedPrograms");
        BtfGraph? types = MapTypes.ReadGraph(replaced.Engine, replaced.Info.BtfId);
        return types?.FindByName<BtfFunction>(target) is { } function
            ? new(function.Id, replaced.Handle.Descriptor)
            : throw Fail(program, Errno.ENOENT, $"program '{replaced.Name}' has no function '{target}' in its BTF");
    }

    private static BpfException Fail(ProgramSpec program, Errno errno, string message) => new(errno, $"program '{program.Name}': {message} [{errno}]");
}
