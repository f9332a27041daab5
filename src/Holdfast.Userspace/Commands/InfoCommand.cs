using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Hooks;
using Holdfast.Storage.Memory;
using Holdfast.Userspace.Attributes;
using Holdfast.Userspace.Maps;
using Holdfast.Userspace.Objects;
using Holdfast.Userspace.Programs;

namespace Holdfast.Userspace.Commands;

/// <summary>BPF_OBJ_GET_INFO_BY_FD. It reads headers, never maps.</summary>
internal sealed class InfoCommand(EngineState engine)
{
    private const int MapInfoEnd = 100; // hash_size
    private const int ProgInfoEnd = 228; // attach_btf_id

    /// <summary>Carries out the command; the length that was filled is written back.</summary>
    public int Run(ref InfoByFdAttribute attribute)
    {
        if (!engine.Descriptors.TryGet((int)attribute.BpfFd, out DescriptorEntry? entry, out StorageError? error))
            return Failures.Of(error.Errno == Errno.EBADF ? Errno.EBADFD : error.Errno, error.Message); // as bpf_obj_get_info_by_fd
        ObjectFile file = entry.File;
        return file.Key.Kind switch
        {
            ObjectKind.Map => MapInfo(ref attribute, file),
            ObjectKind.Program => ProgramInfo(ref attribute, file, entry.Object as ProgramInstance),
            ObjectKind.Btf => BtfInfo(ref attribute, file),
            ObjectKind.Link => LinkInfo(ref attribute, file, engine.Store),
            ObjectKind.Hook => HookInfo(ref attribute, file),
            _ => Failures.Of(Errno.EINVAL, $"descriptor {attribute.BpfFd} is not an object"),
        };
    }

    private int MapInfo(ref InfoByFdAttribute attribute, ObjectFile file)
    {
        if (!TryGiven(attribute, MapInfoEnd, out MapInfo asked, out int failure))
            return failure;
        if (asked.Hash != 0 || asked.HashSize != 0)
            return Failures.Of(Errno.EINVAL, "hashes of a map's contents are the kernel engine's");
        return Answer(ref attribute, MapInfo(file, engine.Store));
    }

    private static MapInfo MapInfo(ObjectFile file, Store store)
    {
        MapObjectAttributes map = MapFile.Read(file, store);
        return new MapInfo
        {
            Type = map.Type,
            Id = file.Key.Id,
            KeySize = map.KeySize,
            ValueSize = map.ValueSize,
            MaxEntries = map.MaxEntries,
            MapFlags = map.Flags,
            Name = file.Header.Name,
            Ifindex = map.Ifindex,
            BtfId = map.BtfId,
            BtfKeyTypeId = map.BtfKeyTypeId,
            BtfValueTypeId = map.BtfValueTypeId,
            BtfVmlinuxValueTypeId = map.BtfVmlinuxValueTypeId,
            MapExtra = map.MapExtra,
        };
    }

    private static int LinkInfo(ref InfoByFdAttribute attribute, ObjectFile file, Store store)
    {
        if (!TryGiven(attribute, Unsafe.SizeOf<LinkInfo>(), out LinkInfo _, out int failure))
            return failure;
        LinkObjectAttributes link = file.Header.ReadAttributes<LinkObjectAttributes>();

        // A hook's link tells hook and attach type as a TCX link its interface: the hook is 0 once it is detached.
        bool isAttached = HookLinks.TryFind(store, file, out uint program);
        return Answer(ref attribute, new LinkInfo
        {
            Type = link.Type,
            Id = file.Key.Id,
            ProgId = program,
            Detail0 = link.TargetKind == ObjectKind.Hook ? (isAttached ? (uint)link.Target : 0) | ((ulong)link.AttachType << 32) : 0,
        });
    }

    private static int HookInfo(ref InfoByFdAttribute attribute, ObjectFile file)
    {
        if (!TryGiven(attribute, Unsafe.SizeOf<HookInfo>(), out HookInfo _, out int failure))
            return failure;
        HookObjectAttributes hook = file.Header.ReadAttributes<HookObjectAttributes>();
        int count = HookLinks.Read(file, out ulong revision).Count;
        return Answer(ref attribute, new HookInfo
        {
            ProgramType = hook.ProgramType,
            Id = file.Key.Id,
            AttachType = hook.AttachType,
            Slots = hook.Slots,
            Count = (uint)count,
            Revision = revision,
            Name = file.Header.Name,
        });
    }

    private static int ProgramInfo(ref InfoByFdAttribute attribute, ObjectFile file, ProgramInstance? running)
    {
        if (!ProgramImage.TryRead(file, out ProgramImage? image, out StorageError? error))
            return Failures.Of(error!);
        if (!TryGiven(attribute, ProgInfoEnd, out ProgInfo asked, out int failure))
            return failure;
        ProgramObjectAttributes program = image!.Attributes;
        ProgInfo info = asked with
        {
            Type = program.Type,
            Id = file.Key.Id,
            Tag = program.Tag,
            LoadTime = file.Header.CreatedBootTime,
            CreatedByUid = file.Header.User,
            Name = file.Header.Name,
            GplCompatible = program.GplCompatible,
            BtfId = program.BtfId,
            VerifiedInsns = program.VerifiedInstructions,
            RunTimeNs = running?.Statistics.Nanoseconds ?? 0,
            RunCnt = running?.Statistics.Runs ?? 0,
            AttachBtfId = program.AttachBtfId,
            FuncInfoRecSize = program.FunctionInfoRecordSize,
            LineInfoRecSize = program.LineInfoRecordSize,
        };
        bool fits = Fill(asked.MapIds, asked.NrMapIds, sizeof(uint), MemoryMarshal.AsBytes(image.MapIds.AsSpan()), out info.NrMapIds)
            && Fill(asked.XlatedProgInsns, asked.XlatedProgLen, 1, MemoryMarshal.AsBytes(image.Instructions.AsSpan()), out info.XlatedProgLen)
            && Fill(asked.FuncInfo, asked.NrFuncInfo, (int)program.FunctionInfoRecordSize, image.FunctionInfo, out info.NrFuncInfo)
            && Fill(asked.LineInfo, asked.NrLineInfo, (int)program.LineInfoRecordSize, image.LineInfo, out info.NrLineInfo);
        return fits ? Answer(ref attribute, info) : Failures.Of(Errno.EFAULT, "an array in the info structure is null");
    }

    private static int BtfInfo(ref InfoByFdAttribute attribute, ObjectFile file)
    {
        if (!file.TryReadSection(ObjectSectionKind.Btf, out byte[]? blob, out StorageError? error))
            return Failures.Of(error);
        if (!TryGiven(attribute, Unsafe.SizeOf<BtfInfo>(), out BtfInfo info, out int failure))
            return failure;
        info.Id = file.Key.Id;
        return Fill(info.Btf, info.BtfSize, 1, blob, out info.BtfSize)
            ? Answer(ref attribute, info)
            : Failures.Of(Errno.EFAULT, "the BTF buffer is null");
    }

    /// <summary>
    /// The structure as the caller filled it: its pointers and counts say what to copy where. What follows its last field, padding too, must
    /// be zero.
    /// </summary>
    private static bool TryGiven<T>(in InfoByFdAttribute attribute, int fieldsEnd, out T given, out int failure)
        where T : unmanaged
    {
        given = default;
        failure = 0;
        if (attribute.InfoLen > AttributeReader.MaxSize)
        {
            failure = Failures.Of(Errno.E2BIG, $"an info structure is at most {AttributeReader.MaxSize} bytes long");
            return false;
        }

        if (!UserMemory.TrySpan(attribute.Info, attribute.InfoLen, out Span<byte> span))
        {
            failure = Failures.Of(Errno.EFAULT, "the info structure's address is null");
            return false;
        }

        Span<byte> known = MemoryMarshal.AsBytes(new Span<T>(ref given));
        if (span.Length > fieldsEnd && span[fieldsEnd..].ContainsAnyExcept((byte)0))
        {
            failure = Failures.Of(Errno.E2BIG, "the info structure holds fields that this engine does not know");
            return false;
        }

        span[..Math.Min(span.Length, known.Length)].CopyTo(known);
        return true;
    }

    /// <summary>Copies as many elements as the caller has room for, and tells how many there are.</summary>
    private static bool Fill(ulong address, uint room, int elementSize, ReadOnlySpan<byte> source, out uint count)
    {
        count = elementSize == 0 ? 0 : (uint)(source.Length / elementSize);
        long bytes = Math.Min(room, count) * elementSize;
        if (bytes == 0)
            return true;
        if (!UserMemory.TrySpan(address, bytes, out Span<byte> target))
            return false;
        source[..(int)bytes].CopyTo(target);
        return true;
    }

    /// <summary>Writes the structure, cut or zero-extended to the caller's length (what it can't know must be zero).</summary>
    private static int Answer<T>(ref InfoByFdAttribute attribute, T info)
        where T : unmanaged
    {
        if (!UserMemory.TrySpan(attribute.Info, attribute.InfoLen, out Span<byte> span))
            return Failures.Of(Errno.EFAULT, "the info structure's address is null");
        int length = Math.Min(span.Length, Unsafe.SizeOf<T>());
        MemoryMarshal.AsBytes(new Span<T>(ref info))[..length].CopyTo(span);
        attribute.InfoLen = (uint)length;
        return 0;
    }
}
