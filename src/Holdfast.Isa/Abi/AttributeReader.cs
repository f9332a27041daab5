using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Holdfast.Isa.Abi;

/// <summary>
/// Reads a command's attribute as the kernel does: what is missing counts as zero, what is not known must be zero
/// (<c>bpf_check_uarg_tail_zero</c> and <c>CHECK_ATTR</c> in kernel/bpf/syscall.c).
/// </summary>
public static class AttributeReader
{
    /// <summary>Size of <c>union bpf_attr</c> in Linux 6.18, in bytes: BPF_PROG_LOAD's is the longest.</summary>
    public static int UnionSize { get; } = Unsafe.SizeOf<ProgLoadAttribute>();

    /// <summary>Attributes longer than this are refused unread (<c>PAGE_SIZE</c>), in bytes.</summary>
    public const int MaxSize = 4096;

    /// <summary>Reads an attribute.</summary>
    /// <typeparam name="T">The command's attribute struct.</typeparam>
    /// <param name="command">The command.</param>
    /// <param name="attribute">The caller's bytes; shorter or longer than <typeparamref name="T"/> as the caller's age has it.</param>
    /// <param name="value">The attribute, fields that the caller doesn't have being zero.</param>
    /// <param name="error">
    /// <see cref="Errno.E2BIG"/>: over <see cref="MaxSize"/>, or non-zero past <see cref="UnionSize"/>. <see cref="Errno.EINVAL"/>:
    /// an unknown command, or non-zero past the command's last field.
    /// </param>
    /// <returns>Whether the attribute is well-formed.</returns>
    public static bool TryRead<T>(BpfCommand command, ReadOnlySpan<byte> attribute, out T value, out Errno error)
        where T : unmanaged
    {
        value = default;
        error = Check(command, attribute);
        if (error != Errno.None)
        {
            return false;
        }

        Span<byte> target = MemoryMarshal.AsBytes(new Span<T>(ref value));
        attribute[..Math.Min(attribute.Length, target.Length)].CopyTo(target);
        return true;
    }

    /// <summary>Checks an attribute without reading it.</summary>
    /// <param name="command">The command.</param>
    /// <param name="attribute">The caller's bytes.</param>
    /// <returns>As <see cref="TryRead{T}"/>'s error; <see cref="Errno.None"/> if well-formed.</returns>
    public static Errno Check(BpfCommand command, ReadOnlySpan<byte> attribute)
    {
        Errno tail = CheckTail(attribute, UnionSize);
        if (tail != Errno.None)
        {
            return tail;
        }

        if (FieldsEnd(command) is not int end)
        {
            return Errno.EINVAL;
        }

        return attribute.Length > end && attribute[end..].ContainsAnyExcept((byte)0) ? Errno.EINVAL : Errno.None;
    }

    /// <summary>Checks what follows the known part of any extensible struct (attributes, and the info structs too).</summary>
    /// <param name="given">The caller's bytes.</param>
    /// <param name="known">How many of them are known.</param>
    /// <returns><see cref="Errno.E2BIG"/> or <see cref="Errno.None"/>.</returns>
    public static Errno CheckTail(ReadOnlySpan<byte> given, int known)
    {
        bool fits = given.Length <= MaxSize && (given.Length <= known || !given[known..].ContainsAnyExcept((byte)0));
        return fits ? Errno.None : Errno.E2BIG;
    }

    /// <summary>Writes an attribute back, as far as the caller's bytes go: output fields reach the caller so.</summary>
    /// <typeparam name="T">The command's attribute struct.</typeparam>
    /// <param name="attribute">The caller's bytes.</param>
    /// <param name="value">What to write.</param>
    public static void WriteBack<T>(Span<byte> attribute, in T value)
        where T : unmanaged
    {
        ReadOnlySpan<byte> source = MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value));
        source[..Math.Min(attribute.Length, source.Length)].CopyTo(attribute);
    }

    /// <summary>Where a command's last field ends (<c>…_LAST_FIELD</c> in kernel/bpf/syscall.c).</summary>
    /// <param name="command">The command.</param>
    /// <returns>Bytes from the attribute's start; <see langword="null"/> for an unknown command.</returns>
    public static int? FieldsEnd(BpfCommand command) => command switch
    {
        BpfCommand.MapCreate => 92, // excl_prog_hash_size
        BpfCommand.MapLookupElem or BpfCommand.MapUpdateElem or BpfCommand.MapLookupAndDeleteElem => 32, // flags
        BpfCommand.MapDeleteElem => 16, // key
        BpfCommand.MapGetNextKey => 24, // next_key
        BpfCommand.MapFreeze => 4, // map_fd
        BpfCommand.MapLookupBatch or BpfCommand.MapLookupAndDeleteBatch => 56, // batch.flags
        BpfCommand.MapUpdateBatch or BpfCommand.MapDeleteBatch => 56, // batch.flags
        BpfCommand.ProgLoad => 168, // keyring_id
        BpfCommand.ObjPin or BpfCommand.ObjGet => 20, // path_fd
        BpfCommand.ProgAttach or BpfCommand.ProgDetach => 32, // expected_revision
        BpfCommand.ProgTestRun => 76, // test.batch_size
        BpfCommand.ProgGetNextId or BpfCommand.MapGetNextId or BpfCommand.BtfGetNextId or BpfCommand.LinkGetNextId => 8, // next_id
        BpfCommand.ProgGetFdById or BpfCommand.LinkGetFdById => 4, // prog_id, link_id
        BpfCommand.MapGetFdById => 12, // open_flags
        BpfCommand.BtfGetFdById => 16, // fd_by_id_token_fd
        BpfCommand.ObjGetInfoByFd => 16, // info.info
        BpfCommand.ProgQuery => 64, // query.revision
        BpfCommand.RawTracepointOpen => 24, // raw_tracepoint.cookie
        BpfCommand.BtfLoad => 40, // btf_token_fd
        BpfCommand.TaskFdQuery => 48, // task_fd_query.probe_addr
        BpfCommand.LinkCreate => 60, // link_create.uprobe_multi.pid
        BpfCommand.LinkUpdate => 16, // link_update.old_prog_fd
        BpfCommand.EnableStats => 4, // enable_stats.type
        BpfCommand.IterCreate => 8, // iter_create.flags
        BpfCommand.LinkDetach => 4, // link_detach.link_fd
        BpfCommand.ProgBindMap => 12, // prog_bind_map.flags
        BpfCommand.TokenCreate => 8, // token_create.bpffs_fd
        BpfCommand.ProgStreamReadByFd => 20, // prog_stream_read.prog_fd
        _ => null,
    };
}
