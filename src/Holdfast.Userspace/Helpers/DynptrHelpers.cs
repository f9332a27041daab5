using Holdfast.Execution;
using Holdfast.Isa.Abi;

namespace Holdfast.Userspace.Helpers;

/// <summary>Dynptrs over local memory (kernel/bpf/helpers.c). The 16 bytes on the stack are the program's to hold, not to look into.</summary>
internal static unsafe class DynptrHelpers
{
    /// <summary><c>bpf_dynptr_from_mem(data, size, flags, ptr)</c></summary>
    public static ulong FromMemory(RunContext context, ulong data, ulong size, ulong flags, ulong pointer, ulong r5)
    {
        // The verifier proved the dynptr's slots and the memory behind it.
        Dynptr* dynptr = (Dynptr*)pointer;
        bool tooBig = (uint)size > Dynptr.LargestSize;
        if (tooBig || flags != 0)
        {
            *dynptr = default;
            return tooBig ? HelperError.TooBig : HelperError.InvalidArgument;
        }

        *dynptr = new Dynptr { Data = data, Size = (uint)size, Offset = 0 };
        return 0;
    }

    /// <summary><c>bpf_dynptr_read(dst, len, src, offset, flags)</c></summary>
    public static ulong Read(RunContext context, ulong destination, ulong length, ulong source, ulong offset, ulong flags)
    {
        Dynptr* dynptr = (Dynptr*)source;
        if (dynptr->Data == 0 || flags != 0)
        {
            return HelperError.InvalidArgument;
        }

        if (!dynptr->Holds((uint)offset, (uint)length))
        {
            return HelperError.TooBig;
        }

        new Span<byte>(dynptr->At((uint)offset), (int)(uint)length).CopyTo(new Span<byte>((void*)destination, (int)(uint)length));
        return 0;
    }

    /// <summary><c>bpf_dynptr_write(dst, offset, src, len, flags)</c></summary>
    public static ulong Write(RunContext context, ulong destination, ulong offset, ulong source, ulong length, ulong flags)
    {
        Dynptr* dynptr = (Dynptr*)destination;
        if (dynptr->Data == 0 || dynptr->IsReadOnly || flags != 0)
        {
            return HelperError.InvalidArgument;
        }

        if (!dynptr->Holds((uint)offset, (uint)length))
        {
            return HelperError.TooBig;
        }

        new Span<byte>((void*)source, (int)(uint)length).CopyTo(new Span<byte>(dynptr->At((uint)offset), (int)(uint)length));
        return 0;
    }

    /// <summary><c>bpf_dynptr_data(ptr, offset, len)</c></summary>
    public static ulong Data(RunContext context, ulong pointer, ulong offset, ulong length, ulong r4, ulong r5)
    {
        Dynptr* dynptr = (Dynptr*)pointer;
        return dynptr->Data != 0 && !dynptr->IsReadOnly && dynptr->Holds((uint)offset, (uint)length) ? (ulong)dynptr->At((uint)offset) : 0;
    }

    public static HelperTable AddTo(HelperTable table) => table
        .With(HelperId.DynptrFromMem, &FromMemory)
        .With(HelperId.DynptrRead, &Read)
        .With(HelperId.DynptrWrite, &Write)
        .With(HelperId.DynptrData, &Data);
}
