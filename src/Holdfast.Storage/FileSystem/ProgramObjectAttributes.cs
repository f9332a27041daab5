using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;

namespace Holdfast.Storage.FileSystem;

/// <summary>What a program's header says about the program, for ever. Fields are only ever appended; zero means "not given".</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ProgramObjectAttributes
{
    /// <summary>Program type.</summary>
    public ProgramType Type;

    /// <summary><c>expected_attach_type</c>.</summary>
    public AttachType ExpectedAttachType;

    /// <summary>Load flags.</summary>
    public ProgramFlags Flags;

    /// <summary>Instruction slots of eight bytes.</summary>
    public uint InstructionCount;

    /// <summary>The tag: first eight bytes of the SHA-1 of the instructions, as the kernel computes it.</summary>
    public ulong Tag;

    /// <summary>Instructions that the verifier processed.</summary>
    public uint VerifiedInstructions;

    /// <summary>Non-zero if the licence is compatible with the GPL.</summary>
    public uint GplCompatible;

    /// <summary><c>kern_version</c>.</summary>
    public uint KernelVersion;

    /// <summary><c>prog_ifindex</c>.</summary>
    public uint Ifindex;

    /// <summary>Id of the program's BTF object.</summary>
    public uint BtfId;

    /// <summary><c>attach_btf_id</c>.</summary>
    public uint AttachBtfId;

    /// <summary><c>attach_btf_obj_id</c>.</summary>
    public uint AttachBtfObjectId;

    /// <summary>Id of the program that this one extends.</summary>
    public uint AttachProgramId;

    /// <summary>Bytes in one record of the function information.</summary>
    public uint FunctionInfoRecordSize;

    /// <summary>Bytes in one record of the line information.</summary>
    public uint LineInfoRecordSize;

    /// <summary>Bytes in one CO-RE relocation record.</summary>
    public uint CoreRelocationRecordSize;

    /// <summary>Version of the verifier that accepted it; a program is verified again by whoever opens it.</summary>
    public uint VerifierVersion;
}
