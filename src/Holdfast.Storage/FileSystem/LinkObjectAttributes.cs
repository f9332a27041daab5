using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;

namespace Holdfast.Storage.FileSystem;

/// <summary>What a link's header says about the link, for ever; the program it holds is kind word 0. Fields are only ever appended.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct LinkObjectAttributes
{
    /// <summary>Kind word that holds the id of the link's present program.</summary>
    public const int ProgramWord = 0;

    /// <summary>Kind word that holds the id of the program that an update is putting in, 0 for none: until the update is done both programs are kept.</summary>
    public const int NextProgramWord = 1;

    /// <summary>Link type.</summary>
    public LinkType Type;

    /// <summary>Attach type.</summary>
    public AttachType AttachType;

    /// <summary>Creation flags.</summary>
    public uint Flags;

    /// <summary>Kind of the object that it is attached to, if it is one.</summary>
    public ObjectKind TargetKind;

    /// <summary>Id of the object, or number of the thing, that it is attached to.</summary>
    public ulong Target;

    /// <summary><c>bpf_cookie</c>.</summary>
    public ulong Cookie;

    /// <summary>Further words of the link type.</summary>
    public ulong Detail0;

    /// <summary>Further words of the link type.</summary>
    public ulong Detail1;

    /// <summary>Further words of the link type.</summary>
    public ulong Detail2;

    /// <summary>Further words of the link type.</summary>
    public ulong Detail3;
}
