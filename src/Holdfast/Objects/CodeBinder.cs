using Holdfast.Btf;
using Holdfast.Btf.Extension;
using Holdfast.Btf.Relocation;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Objects;

namespace Holdfast;

/// <summary>Fills in what a program refers to: maps, kernel symbols, and the layout of kernel types.</summary>
internal sealed class CodeBinder(BpfObjectSpec spec, KernelEnvironment kernel, LoadedMaps maps)
{
    private const int MissingKernelFunction = 2002000000; // a helper number that no verifier accepts, as libbpf poisons such calls

    private CoreRelocator? _relocator;

    /// <summary>The instructions to load.</summary>
    public Instruction[] Bind(ProgramSpec program)
    {
        Instruction[] code = [.. program.Instructions];
        foreach (CoreRelocationRecord record in program.CoreRelocations)
            Relocate(program, code, record);
        foreach (InstructionReference reference in program.References)
            Bind(program, code, reference);
        return code;
    }

    private void Relocate(ProgramSpec program, Instruction[] code, CoreRelocationRecord record)
    {
        // Ids of the object's own types need no kernel.
        BtfGraph? target = record.Kind == CoreRelocationKind.TypeIdLocal ? kernel.Types ?? spec.Btf : kernel.RequireTypes($"program '{program.Name}'");
        _relocator ??= new CoreRelocator(spec.Btf!, target!);
        CoreRelocation relocation = _relocator.Resolve(record);
        if (CoreInstructionPatcher.TryPatch(code, (int)record.InstructionOffset, relocation) is { } wrong)
        {
            throw new BpfException(
                Errno.EINVAL, $"program '{program.Name}': CO-RE relocation of slot {record.InstructionOffset} ({relocation.LocalSpec}): {wrong} [{Errno.EINVAL}]");
        }
    }

    private void Bind(ProgramSpec program, Instruction[] code, InstructionReference reference)
    {
        ref Instruction instruction = ref code[reference.InstructionIndex];
        switch (reference.Kind)
        {
            case ReferenceKind.Map or ReferenceKind.MapValue:
                instruction = instruction with { Immediate = maps.DescriptorOf(reference.Target) };
                break;
            case ReferenceKind.KernelFunction:
                uint? function = kernel.Types?.FindByName<BtfFunction>(reference.Target)?.Id;
                Require(program, reference, function);
                instruction = function is { } id ? Insn.CallKfunc((int)id) : new(instruction.Opcode, 0, 0, 0, MissingKernelFunction);
                break;
            case ReferenceKind.KernelVariable:
                uint? variable = kernel.Types?.FindByName<BtfVariable>(reference.Target)?.Id ?? kernel.Types?.FindByName<BtfFunction>(reference.Target)?.Id;
                Require(program, reference, variable);
                instruction = Load(instruction, variable is null ? PseudoLoad.Constant : PseudoLoad.BtfId, (int)(variable ?? 0));
                code[reference.InstructionIndex + 1] = code[reference.InstructionIndex + 1] with { Immediate = 0 };
                break;
        }
    }

    private void Require(ProgramSpec program, InstructionReference reference, uint? id)
    {
        bool isWeak = spec.Externs.Any(symbol => symbol.Name == reference.Target && symbol.IsWeak);
        if (id is null && !isWeak)
        {
            throw new BpfException(
                Errno.ENOENT, $"program '{program.Name}': the kernel's types have no '{reference.Target}', which the object needs (__ksym, not __weak) [{Errno.ENOENT}]");
        }
    }

    private static Instruction Load(Instruction instruction, PseudoLoad kind, int immediate) =>
        new(instruction.Opcode, instruction.Destination, (byte)kind, instruction.Offset, immediate);
}
