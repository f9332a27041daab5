using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;

namespace Holdfast.Storage.FileSystem;

/// <summary>What a hook's header says of it, for ever. Fields are only ever appended.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct HookObjectAttributes
{
    /// <summary>The type of the programs that it takes.</summary>
    public ProgramType ProgramType;

    /// <summary>The attach type of its links.</summary>
    public AttachType AttachType;

    /// <summary>Most programs at once, 1 to <see cref="Hooks.HookLayout.MostSlots"/>.</summary>
    public uint Slots;

    /// <summary>
    /// Whether a program can be attached: it is of the hook's type, and was loaded for the hook's attach type or for none
    /// (<c>bpf_prog_attach_check_attach_type</c>).
    /// </summary>
    /// <param name="program">The program.</param>
    /// <returns>Whether it can.</returns>
    public readonly bool Takes(in ProgramObjectAttributes program) =>
        program.Type == ProgramType && (program.ExpectedAttachType == AttachType || program.ExpectedAttachType == 0);
}
