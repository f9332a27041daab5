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
    // Helper numbers that no verifier accepts, libbpf's own, so that logs look familiar.
    private const int MissingKernelFunction = 2002000000;
    private const int MissingMap = 2001000000;
    private const byte CallOpcode = 0x85;

    private readonly KernelSymbols _symbols = new(spec, kernel);

    private CoreRelocator? _relocator;

    /// <summary>Fills in a program's references.</summary>
    public BoundCode Bind(ProgramSpec program)
    {
        Instruction[] code = [.. program.Instructions];
        Dictionary<int, string> poisoned = [];
        List<int> descriptors = [];
        foreach (CoreRelocationRecord record in program.CoreRelocations)
            Relocate(program, code, record, poisoned);
        foreach (InstructionReference reference in program.References)
            Bind(program, code, reference, descriptors, poisoned);
        return new(code, descriptors, poisoned);
    }

    private void Relocate(ProgramSpec program, Instruction[] code, CoreRelocationRecord record, Dictionary<int, string> poisoned)
    {
        // Ids of the object's own types need no kernel.
        BtfGraph? target = record.Kind == CoreRelocationKind.TypeIdLocal ? kernel.Types ?? spec.Btf : kernel.RequireTypes($"program '{program.Name}' (CO-RE)");
        _relocator ??= new CoreRelocator(spec.Btf!, target!);
        CoreRelocation relocation = _relocator.Resolve(record);
        int slot = (int)record.InstructionOffset;
        if (CoreInstructionPatcher.TryPatch(code, slot, relocation) is { } wrong)
        {
            string place = SourceLines.Describe(spec, program, slot);
            throw new BpfException(
                Errno.EINVAL, $"program '{program.Name}': CO-RE relocation of slot {slot}, {relocation.LocalSpec}: {wrong}{place} [{Errno.EINVAL}]");
        }

        if (code[slot] is { Opcode: CallOpcode, Immediate: CoreInstructionPatcher.PoisonHelper })
        {
            poisoned[slot] = relocation.Outcome == CoreOutcome.Unsatisfied
                ? $"the kernel's types have no {relocation.LocalSpec}; guard it with bpf_core_field_exists() or bpf_core_type_exists(), or leave the program out"
                : $"{relocation.LocalSpec} has another size in the kernel's types, and a signed value can't be widened so; read it with BPF_CORE_READ_INTO()";
        }
    }

    private void Bind(ProgramSpec program, Instruction[] code, InstructionReference reference, List<int> descriptors, Dictionary<int, string> poisoned)
    {
        int slot = reference.InstructionIndex;
        ref Instruction instruction = ref code[slot];
        switch (reference.Kind)
        {
            case ReferenceKind.Map or ReferenceKind.MapValue when maps.LeftOut.Contains(reference.Target):
                code[slot] = code[slot + 1] = Call(MissingMap);
                poisoned[slot] = $"map '{reference.Target}' was left out (MapSpec.AutoCreate); create it, or leave the program out";
                break;
            case ReferenceKind.Map or ReferenceKind.MapValue:
                instruction = instruction with { Immediate = maps.DescriptorOf(reference.Target) };
                break;
            case ReferenceKind.KernelFunction when _symbols.FindFunction(program, reference.Target) is { } function:
                instruction = Insn.CallKfunc((int)function.Id, IndexOf(function.Module, descriptors));
                break;
            case ReferenceKind.KernelFunction:
                instruction = Call(MissingKernelFunction);
                poisoned[slot] = $"the kernel has no function '{reference.Target}' (__ksym __weak); guard the call with bpf_ksym_exists()";
                break;
            case ReferenceKind.KernelVariable:
                BindVariable(program, code, slot, reference.Target);
                break;
        }
    }

    private void BindVariable(ProgramSpec program, Instruction[] code, int slot, string name)
    {
        Instruction low = code[slot];
        if (_symbols.IsUntyped(name))
        {
            ulong address = _symbols.FindAddress(program, name);
            code[slot] = Load(low, PseudoLoad.Constant, (int)address);
            code[slot + 1] = code[slot + 1] with { Immediate = (int)(address >> 32) };
            return;
        }

        KernelType? variable = _symbols.FindVariable(program, name);
        code[slot] = variable is { } found ? Load(low, PseudoLoad.BtfId, (int)found.Id) : Load(low, PseudoLoad.Constant, 0);
        code[slot + 1] = code[slot + 1] with { Immediate = variable?.Module ?? 0 };
    }

    /// <summary>An instruction has room for an index of 15 bits, not for a descriptor; index 0 is <c>vmlinux</c>.</summary>
    private static short IndexOf(int module, List<int> descriptors)
    {
        if (module == 0)
            return 0;
        if (descriptors.Count == 0)
            descriptors.Add(0);
        int index = descriptors.IndexOf(module);
        if (index < 0)
        {
            index = descriptors.Count;
            descriptors.Add(module);
        }

        return checked((short)index);
    }

    private static Instruction Call(int missing) => new(CallOpcode, 0, 0, 0, missing);

    private static Instruction Load(Instruction instruction, PseudoLoad kind, int immediate) =>
        new(instruction.Opcode, instruction.Destination, (byte)kind, instruction.Offset, immediate);
}
