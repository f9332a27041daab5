using System.Runtime.InteropServices;
using System.Text;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;

namespace Holdfast.Tests.Objects;

/// <summary>
/// The kernel's engine, with what programs are loaded with written down, and if asked for with a module's types that the kernel doesn't
/// have: what would be sent can be seen where the kernel would refuse it.
/// </summary>
internal sealed class RecordingEngine(IBpfEngine inner) : IBpfEngine, IExecutionSlots
{
    private const uint ModuleId = 0x7fff0001;

    private byte[]? _module;
    private string _moduleName = "";

    public List<RecordedLoad> Loads { get; } = [];

    /// <summary>Descriptors given for the module's types and not closed.</summary>
    public HashSet<int> ModuleDescriptors { get; } = [];

    public string Name => inner.Name;

    public string DefaultMount => inner.DefaultMount;

    public string? LastFailure => inner.LastFailure;

    public int ExecutionSlots => ((IExecutionSlots)inner).ExecutionSlots;

    public void AddModule(string name, byte[] types) => (_moduleName, _module) = (name, types);

    public int Invoke(BpfCommand command, Span<byte> attribute)
    {
        switch (command)
        {
            case BpfCommand.BtfGetNextId when _module is not null:
                ref GetIdAttribute next = ref MemoryMarshal.AsRef<GetIdAttribute>(attribute);
                if (next.Id == ModuleId)
                    return -(int)Errno.ENOENT;
                int result = inner.Invoke(command, attribute);
                if (result == -(int)Errno.ENOENT)
                    (next.NextId, result) = (ModuleId, 0);
                return result;
            case BpfCommand.BtfGetFdById when MemoryMarshal.Read<uint>(attribute) == ModuleId:
                int descriptor = (int)File.OpenHandle("/dev/null").DangerousGetHandle();
                ModuleDescriptors.Add(descriptor);
                return descriptor;
            case BpfCommand.ObjGetInfoByFd when ModuleDescriptors.Contains((int)MemoryMarshal.Read<uint>(attribute)):
                TellModule(MemoryMarshal.Read<InfoByFdAttribute>(attribute));
                return 0;
            case BpfCommand.ProgLoad:
                return Record(attribute);
            default:
                return inner.Invoke(command, attribute);
        }
    }

    public int Close(int descriptor) => ModuleDescriptors.Remove(descriptor) ? 0 : inner.Close(descriptor);

    public ObjectKind KindOf(int descriptor) => inner.KindOf(descriptor);

    public void Dispose() => inner.Dispose();

    private void TellModule(InfoByFdAttribute attribute)
    {
        BtfInfo info = Marshal.PtrToStructure<BtfInfo>((nint)attribute.Info);
        if (info.Name != 0)
            Marshal.Copy(Encoding.UTF8.GetBytes(_moduleName + '\0'), 0, (nint)info.Name, _moduleName.Length + 1);
        if (info.Btf != 0)
            Marshal.Copy(_module!, 0, (nint)info.Btf, Math.Min(_module!.Length, (int)info.BtfSize));
        info.KernelBtf = 1;
        info.Id = ModuleId;
        info.BtfSize = (uint)_module!.Length;
        Marshal.StructureToPtr(info, (nint)attribute.Info, false);
    }

    private int Record(Span<byte> bytes)
    {
        ProgLoadAttribute attribute = MemoryMarshal.Read<ProgLoadAttribute>(bytes);
        Instruction[] code = MemoryMarshal.Cast<byte, Instruction>(Copy(attribute.Insns, (int)attribute.InsnCnt * Instruction.Size)).ToArray();
        int named = code.Where(instruction => instruction.IsKfuncCall).Select(instruction => instruction.Offset + 1).DefaultIfEmpty(0).Max();
        int[] descriptors = attribute.FdArray == 0 ? [] : MemoryMarshal.Cast<byte, int>(Copy(attribute.FdArray, named * sizeof(int))).ToArray();
        uint[] functions = MemoryMarshal.Cast<byte, uint>(Copy(attribute.FuncInfo, (int)(attribute.FuncInfoCnt * attribute.FuncInfoRecSize))).ToArray();
        int result = inner.Invoke(BpfCommand.ProgLoad, bytes);
        Loads.Add(new(attribute, code, descriptors, [.. functions.Where((_, i) => i % 2 == 0)], result));
        return result;
    }

    private static byte[] Copy(ulong address, int size)
    {
        byte[] bytes = new byte[size];
        if (size > 0)
            Marshal.Copy((nint)address, bytes, 0, size);
        return bytes;
    }
}
