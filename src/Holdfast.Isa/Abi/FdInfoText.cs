using System.Globalization;
using System.Text;

namespace Holdfast.Isa.Abi;

/// <summary>The lines that the kernel writes of objects into <c>/proc/PID/fdinfo</c>, in its order (<c>bpf_map_show_fdinfo</c>, <c>bpf_prog_show_fdinfo</c>, <c>bpf_btf_show_fdinfo</c>).</summary>
public sealed class FdInfoText
{
    private readonly StringBuilder _text = new();

    /// <summary>A map's lines.</summary>
    /// <param name="map">What is told of the map.</param>
    /// <param name="memory">Bytes that it takes.</param>
    /// <param name="frozen">Whether it is frozen.</param>
    /// <param name="owner">Of a prog array, the type of the programs that it belongs to.</param>
    /// <param name="ownerJited">Whether those are compiled.</param>
    /// <returns>The text.</returns>
    public static string OfMap(in MapInfo map, long memory, bool frozen, ProgramType owner, bool ownerJited)
    {
        FdInfoText lines = new();
        lines.Add("map_type", (uint)map.Type).Add("key_size", map.KeySize).Add("value_size", map.ValueSize).Add("max_entries", map.MaxEntries);
        lines.AddText("map_flags", $"0x{(uint)map.MapFlags:x}").AddText("map_extra", $"0x{map.MapExtra:x}");
        lines.Add("memlock", memory).Add("map_id", map.Id).Add("frozen", frozen ? 1 : 0);
        if (owner != ProgramType.Unspec)
            lines.Add("owner_prog_type", (uint)owner).Add("owner_jited", ownerJited ? 1 : 0);
        return lines._text.ToString();
    }

    /// <summary>A program's lines.</summary>
    /// <param name="program">What is told of the program.</param>
    /// <param name="memory">Bytes that it takes.</param>
    /// <param name="jited">Whether it is compiled.</param>
    /// <returns>The text.</returns>
    public static string OfProgram(in ProgInfo program, long memory, bool jited)
    {
        FdInfoText lines = new();
        lines.Add("prog_type", (uint)program.Type).Add("prog_jited", jited ? 1 : 0);
        lines.AddText("prog_tag", $"{System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(program.Tag):x16}");
        lines.Add("memlock", memory).Add("prog_id", program.Id).Add("run_time_ns", (long)program.RunTimeNs).Add("run_cnt", (long)program.RunCnt);
        lines.Add("recursion_misses", (long)program.RecursionMisses).Add("verified_insns", program.VerifiedInsns);
        return lines._text.ToString();
    }

    /// <summary>A type blob's line.</summary>
    /// <param name="id">Its id.</param>
    /// <returns>The text.</returns>
    public static string OfBtf(uint id) => new FdInfoText().Add("btf_id", id)._text.ToString();

    /// <summary>The lines of a link on a hook: those of any link (<c>bpf_link_show_fdinfo</c>), then hook and attach type as a cgroup's link has them.</summary>
    /// <param name="link">What is told of the link.</param>
    /// <param name="tag">Its program's tag.</param>
    /// <returns>The text.</returns>
    public static string OfHookLink(in LinkInfo link, ulong tag)
    {
        FdInfoText lines = new();
        lines.AddText("link_type", "hook").Add("link_id", link.Id);
        lines.AddText("prog_tag", $"{System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(tag):x16}").Add("prog_id", link.ProgId);
        lines.Add("hook_id", (uint)link.Detail0).Add("attach_type", (uint)(link.Detail0 >> 32));
        return lines._text.ToString();
    }

    /// <summary>A hook's lines; the kernel has no such object.</summary>
    /// <param name="hook">What is told of the hook.</param>
    /// <returns>The text.</returns>
    public static string OfHook(in HookInfo hook)
    {
        FdInfoText lines = new();
        lines.Add("prog_type", (uint)hook.ProgramType).Add("attach_type", (uint)hook.AttachType).Add("hook_id", hook.Id);
        lines.Add("max_progs", hook.Slots).Add("progs", hook.Count).AddText("revision", hook.Revision.ToString(CultureInfo.InvariantCulture));
        return lines._text.ToString();
    }

    /// <summary>Leaves out what any open file has: <c>pos</c>, <c>flags</c>, <c>mnt_id</c>, <c>ino</c>.</summary>
    /// <param name="all">A file of <c>/proc/PID/fdinfo</c>.</param>
    /// <returns>The object's own lines.</returns>
    public static string OwnLines(string all)
    {
        ArgumentNullException.ThrowIfNull(all);
        string[] common = ["pos:", "flags:", "mnt_id:", "ino:"];
        return string.Concat(all.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => !common.Any(name => line.StartsWith(name, StringComparison.Ordinal))).Select(line => line + "\n"));
    }

    private FdInfoText Add(string name, long value) => AddText(name, value.ToString(CultureInfo.InvariantCulture));

    private FdInfoText AddText(string name, string value)
    {
        _text.Append(name).Append(":\t").Append(value).Append('\n');
        return this;
    }
}
