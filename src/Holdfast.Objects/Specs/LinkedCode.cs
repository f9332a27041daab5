using Holdfast.Btf.Extension;
using Holdfast.Isa.Instructions;
using Holdfast.Objects.Elf;

namespace Holdfast.Objects;

/// <summary>
/// One program: its entry function and, behind it, every function that it calls, each placed at its first call
/// (libbpf: <c>bpf_object__reloc_code</c>).
/// </summary>
internal sealed class LinkedCode(LinkInput input)
{
    private const byte CallOpcode = 0x85;

    private readonly Dictionary<FunctionCode, int> _placed = [];
    private readonly Stack<(FunctionCode Function, int Base, int Next)> _pending = [];

    public List<Instruction> Instructions { get; } = [];

    public List<InstructionReference> References { get; } = [];

    public List<BtfFunctionInfo> Functions { get; } = [];

    public List<BtfLineInfo> Lines { get; } = [];

    public List<CoreRelocationRecord> CoreRelocations { get; } = [];

    public bool TryLink(FunctionCode entry)
    {
        // Depth first, as libbpf goes; on a stack of our own, since a chain of calls in a damaged file can be long.
        bool ok = TryPlace(entry);
        while (ok && _pending.TryPop(out (FunctionCode Function, int Base, int Next) frame))
        {
            ok = TryContinue(frame.Function, frame.Base, frame.Next);
        }

        return ok;
    }

    private bool TryContinue(FunctionCode function, int start, int next)
    {
        while (next < function.Count)
        {
            Instruction instruction = Instructions[start + next];
            int slot = next;
            next += instruction.IsLoadImmediate64 ? 2 : 1;
            bool isRelocated = input.Relocations.TryFind(function.Section, function.FirstSlot + slot, out ElfRelocation relocation);
            if (!isRelocated && !IsLocalCall(instruction))
            {
                continue;
            }

            if (next > function.Count)
            {
                return Report(ObjectDiagnosticId.BadRelocation, function, slot, "the instruction relocated lacks its second half");
            }

            FunctionCode? callee = null;
            if (isRelocated ? !TryRelocate(function, slot, start + slot, relocation, out callee) : !TryCallNearby(function, slot, instruction, out callee))
            {
                return false;
            }

            if (callee is null)
            {
                continue;
            }

            bool isNew = !_placed.TryGetValue(callee, out int target);
            target = isNew ? Instructions.Count : target;
            Instructions[start + slot] = Instructions[start + slot] with { Immediate = target - (start + slot) - 1 };
            if (isNew)
            {
                _pending.Push((function, start, next));
                return TryPlace(callee);
            }
        }

        return true;
    }

    private bool TryPlace(FunctionCode function)
    {
        int start = Instructions.Count;
        string section = input.Image.Elf.Sections[function.Section].Name;
        ReadOnlySpan<BtfFunctionInfo> functions = input.FunctionRecords.Find(section, function.FirstSlot, function.Count);
        ReadOnlySpan<BtfLineInfo> lines = input.LineRecords.Find(section, function.FirstSlot, function.Count);
        ReadOnlySpan<CoreRelocationRecord> core = input.CoreRecords.Find(section, function.FirstSlot, function.Count);
        input.Budget -= (long)function.Count + functions.Length + lines.Length + core.Length;
        if (input.Budget < 0)
        {
            return Report(ObjectDiagnosticId.TooLong, function, 0, "the object's programs, with the functions that they call, are too long");
        }

        _placed.Add(function, start);
        Instructions.AddRange(input.Functions.CodeOf(function));
        foreach (BtfFunctionInfo record in functions)
        {
            Functions.Add(record with { InstructionOffset = Rebase(record.InstructionOffset, function, start) });
        }

        foreach (BtfLineInfo record in lines)
        {
            Lines.Add(record with { InstructionOffset = Rebase(record.InstructionOffset, function, start) });
        }

        foreach (CoreRelocationRecord record in core)
        {
            CoreRelocations.Add(record with { InstructionOffset = Rebase(record.InstructionOffset, function, start) });
        }

        _pending.Push((function, start, 0));
        return true;
    }

    private static uint Rebase(uint byteOffset, FunctionCode function, int start) =>
        (byteOffset / Instruction.Size) - (uint)function.FirstSlot + (uint)start;

    /// <summary>A call within the section of subprograms: no relocation, the distance is right as it stands.</summary>
    private bool TryCallNearby(FunctionCode function, int slot, Instruction call, out FunctionCode? callee)
    {
        long target = (long)function.FirstSlot + slot + call.Immediate + 1;
        return input.Functions.TryFind(input.Functions.Subprograms, function.Section == input.Functions.Subprograms ? target : -1, out callee)
            || Report(ObjectDiagnosticId.BadCall, function, slot, $"the call leads to slot {target} of its own section, where no function of .text starts");
    }

    private bool TryRelocate(FunctionCode function, int slot, int index, ElfRelocation relocation, out FunctionCode? callee)
    {
        callee = null;
        Instruction instruction = Instructions[index];
        ElfSymbol symbol = input.Image.Elf.Symbols[(int)relocation.SymbolIndex];
        if (symbol.IsUndefined)
        {
            return TryBindExtern(function, slot, index, symbol);
        }

        if (instruction.Opcode == CallOpcode)
        {
            long target = (long)(symbol.Value / Instruction.Size) + instruction.Immediate + 1;
            return TryResolveCall(function, slot, symbol, IsLocalCall(instruction) ? target : -1, out callee);
        }

        if (!instruction.IsLoadImmediate64)
        {
            return Report(ObjectDiagnosticId.BadRelocation, function, slot, $"an instruction with opcode 0x{instruction.Opcode:x2} can't be relocated");
        }

        ulong offset = symbol.Value + (ulong)(long)instruction.Immediate;
        if (input.Functions.IsCode(symbol.SectionIndex))
        {
            if (!TryResolveCall(function, slot, symbol, offset % Instruction.Size == 0 ? (long)(offset / Instruction.Size) : -1, out callee))
            {
                return false;
            }

            Instructions[index] = Load(instruction, PseudoLoad.Function, 0);
            return true;
        }

        return TryBindData(function, slot, index, symbol, offset);
    }

    private bool TryResolveCall(FunctionCode function, int slot, ElfSymbol symbol, long target, out FunctionCode? callee)
    {
        callee = null;
        return (symbol.SectionIndex == input.Functions.Subprograms && input.Functions.TryFind(symbol.SectionIndex, target, out callee))
            || Report(
                ObjectDiagnosticId.BadCall, function, slot, $"'{input.Image.NameOf(symbol)}' + slot {target} of section {symbol.SectionIndex} is no function of .text");
    }

    private bool TryBindData(FunctionCode function, int slot, int index, ElfSymbol symbol, ulong offset)
    {
        Instruction instruction = Instructions[index];
        if (input.Image.MapPlaces.TryGetValue((symbol.SectionIndex, offset), out MapSpec? map))
        {
            References.Add(new(index, ReferenceKind.Map, map.Name));
            Instructions[index] = Load(instruction, PseudoLoad.MapFd, 0);
            return true;
        }

        if (input.Image.DataMaps.TryGetValue(symbol.SectionIndex, out MapSpec? data) && offset <= data.ValueSize)
        {
            BindValue(index, data, (uint)offset);
            return true;
        }

        string section = input.Image.SectionOf(symbol)?.Name ?? $"{symbol.SectionIndex}";
        return Report(
            ObjectDiagnosticId.UnknownReference, function, slot, $"it refers to '{input.Image.NameOf(symbol)}' at {offset} of section '{section}', which is neither a map nor data");
    }

    private void BindValue(int index, MapSpec data, uint offset)
    {
        References.Add(new(index, ReferenceKind.MapValue, data.Name, offset));
        Instructions[index] = Load(Instructions[index], PseudoLoad.MapValue, 0);
        Instructions[index + 1] = Instructions[index + 1] with { Immediate = (int)offset };
    }

    private bool TryBindExtern(FunctionCode function, int slot, int index, ElfSymbol symbol)
    {
        string name = input.Image.NameOf(symbol);
        Instruction instruction = Instructions[index];
        if (!input.Image.Externs.TryGetValue(name, out ExternSpec? external))
        {
            return Report(ObjectDiagnosticId.UnknownReference, function, slot, $"it refers to '{name}', which is neither defined nor declared in BTF");
        }

        if (instruction.Opcode == CallOpcode && external.Kind == ExternKind.KernelFunction)
        {
            References.Add(new(index, ReferenceKind.KernelFunction, name));
            Instructions[index] = new(CallOpcode, 0, (byte)PseudoCall.Kfunc, 0, 0);
            return true;
        }

        if (!instruction.IsLoadImmediate64)
        {
            return Report(ObjectDiagnosticId.BadRelocation, function, slot, $"an instruction with opcode 0x{instruction.Opcode:x2} can't refer to '{name}'");
        }

        if (external.Kind == ExternKind.KernelConfig)
        {
            References.Add(new(index, ReferenceKind.MapValue, ExternReader.KernelConfigSection, external.Offset));
            Instructions[index] = Load(instruction, PseudoLoad.MapValue, 0);
            Instructions[index + 1] = Instructions[index + 1] with { Immediate = (int)external.Offset };
            return true;
        }

        References.Add(new(index, ReferenceKind.KernelVariable, name));
        return true;
    }

    private static Instruction Load(Instruction instruction, PseudoLoad kind, int immediate) =>
        new(instruction.Opcode, instruction.Destination, (byte)kind, instruction.Offset, immediate);

    private static bool IsLocalCall(Instruction instruction) => instruction.Opcode == CallOpcode && instruction.Source == (byte)PseudoCall.Local;

    private bool Report(ObjectDiagnosticId id, FunctionCode function, int slot, string message)
    {
        ElfSection section = input.Image.Elf.Sections[function.Section];
        ulong offset = (ulong)(function.FirstSlot + slot) * Instruction.Size;
        return input.Image.Report(id, section, offset, $"function '{function.Name}', slot {slot}: {message}");
    }
}
