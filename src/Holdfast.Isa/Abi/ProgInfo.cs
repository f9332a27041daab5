using System.Runtime.InteropServices;

namespace Holdfast.Isa.Abi;

/// <summary>What BPF_OBJ_GET_INFO_BY_FD tells, <c>struct bpf_prog_info</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ProgInfo
{
    /// <summary><c>type</c></summary>
    public ProgramType Type;

    /// <summary><c>id</c></summary>
    public uint Id;

    /// <summary><c>tag</c></summary>
    public ulong Tag;

    /// <summary><c>jited_prog_len</c></summary>
    public uint JitedProgLen;

    /// <summary><c>xlated_prog_len</c></summary>
    public uint XlatedProgLen;

    /// <summary><c>jited_prog_insns</c></summary>
    public ulong JitedProgInsns;

    /// <summary><c>xlated_prog_insns</c></summary>
    public ulong XlatedProgInsns;

    /// <summary><c>load_time</c></summary>
    public ulong LoadTime;

    /// <summary><c>created_by_uid</c></summary>
    public uint CreatedByUid;

    /// <summary><c>nr_map_ids</c></summary>
    public uint NrMapIds;

    /// <summary><c>map_ids</c></summary>
    public ulong MapIds;

    /// <summary><c>name</c></summary>
    public ObjectName Name;

    /// <summary><c>ifindex</c></summary>
    public uint Ifindex;

    /// <summary><c>gpl_compatible</c></summary>
    public uint GplCompatible;

    /// <summary><c>netns_dev</c></summary>
    public ulong NetnsDev;

    /// <summary><c>netns_ino</c></summary>
    public ulong NetnsIno;

    /// <summary><c>nr_jited_ksyms</c></summary>
    public uint NrJitedKsyms;

    /// <summary><c>nr_jited_func_lens</c></summary>
    public uint NrJitedFuncLens;

    /// <summary><c>jited_ksyms</c></summary>
    public ulong JitedKsyms;

    /// <summary><c>jited_func_lens</c></summary>
    public ulong JitedFuncLens;

    /// <summary><c>btf_id</c></summary>
    public uint BtfId;

    /// <summary><c>func_info_rec_size</c></summary>
    public uint FuncInfoRecSize;

    /// <summary><c>func_info</c></summary>
    public ulong FuncInfo;

    /// <summary><c>nr_func_info</c></summary>
    public uint NrFuncInfo;

    /// <summary><c>nr_line_info</c></summary>
    public uint NrLineInfo;

    /// <summary><c>line_info</c></summary>
    public ulong LineInfo;

    /// <summary><c>jited_line_info</c></summary>
    public ulong JitedLineInfo;

    /// <summary><c>nr_jited_line_info</c></summary>
    public uint NrJitedLineInfo;

    /// <summary><c>line_info_rec_size</c></summary>
    public uint LineInfoRecSize;

    /// <summary><c>jited_line_info_rec_size</c></summary>
    public uint JitedLineInfoRecSize;

    /// <summary><c>nr_prog_tags</c></summary>
    public uint NrProgTags;

    /// <summary><c>prog_tags</c></summary>
    public ulong ProgTags;

    /// <summary><c>run_time_ns</c></summary>
    public ulong RunTimeNs;

    /// <summary><c>run_cnt</c></summary>
    public ulong RunCnt;

    /// <summary><c>recursion_misses</c></summary>
    public ulong RecursionMisses;

    /// <summary><c>verified_insns</c></summary>
    public uint VerifiedInsns;

    /// <summary><c>attach_btf_obj_id</c></summary>
    public uint AttachBtfObjId;

    /// <summary><c>attach_btf_id</c></summary>
    public uint AttachBtfId;
}
