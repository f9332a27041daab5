using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Verifier.Domains;

namespace Holdfast.Verifier.Analysis;

/// <content>16-byte constants (<c>check_ld_imm</c>).</content>
internal sealed partial class Analyzer
{
    private void CheckConstantLoad(Instruction instruction)
    {
        CheckDestination(instruction.Destination);
        ref RegisterState loaded = ref Register(instruction.Destination);
        int next = _code[_index + 1].Immediate;
        switch (instruction.PseudoLoad)
        {
            case PseudoLoad.Constant:
                loaded = RegisterState.Constant(((ulong)(uint)next << 32) | (uint)instruction.Immediate);
                break;
            case PseudoLoad.Function:
                int function = _structure.FunctionAt(_index + 1 + instruction.Immediate);
                if (IsGlobal(function))
                {
                    Reject(Errno.EINVAL, $"callback function not static");
                }

                loaded = RegisterState.Pointer(RegisterType.Function);
                loaded.Extent = function;
                InstructionNotes.Merge(ref _notes[_index].Subprogram, function);
                break;
            default:
                MapDescription map = _maps.At(_index);
                InstructionNotes.Merge(ref _notes[_index].MapIndex, _maps.IndexOf(map));
                bool isValue = instruction.PseudoLoad is PseudoLoad.MapValue or PseudoLoad.MapIndexValue;
                if (isValue && map.Type == MapType.Arena)
                {
                    loaded = RegisterState.Unknown;
                    break;
                }

                loaded = RegisterState.Pointer(isValue ? RegisterType.MapValue : RegisterType.Map);
                loaded.Map = map;
                if (isValue)
                {
                    // Such a map has one value (MapTable), so every load of it is the same place and needs no identity: what is locked
                    // through one address is unlocked, or used, through another. Values that are looked up are never 0.
                    loaded.Offset = next;
                }

                break;
        }
    }

    private RegisterState KernelObject(string name, TypeFlags flags)
    {
        RegisterState value = RegisterState.Pointer(RegisterType.BtfObject, flags);
        value.Types = _request.KernelBtf;
        value.BtfId = _request.KernelBtf?.FindByName<BtfStruct>(name)?.Id
            ?? throw new Rejection(Errno.EINVAL, "the helper is typed by the kernel's BTF, and there is none");
        return value;
    }
}
