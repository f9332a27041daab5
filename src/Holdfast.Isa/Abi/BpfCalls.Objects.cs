using System.Runtime.CompilerServices;

namespace Holdfast.Isa.Abi;

/// <content>Names, ids, information, links, BTF.</content>
public static unsafe partial class BpfCalls
{
    private const uint PathFdFlag = 1u << 14; // BPF_F_PATH_FD

    /// <summary>BPF_OBJ_PIN.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="descriptor">The object's descriptor.</param>
    /// <param name="path">The name, absolute or relative to <paramref name="directory"/>.</param>
    /// <param name="directory">Descriptor of a directory, or <see langword="null"/> for the current one.</param>
    /// <returns>Zero, or the negated <see cref="Errno"/>.</returns>
    public static int Pin(this IBpfEngine engine, int descriptor, string path, int? directory = null) =>
        Path(engine, BpfCommand.ObjPin, descriptor, path, 0, directory);

    /// <summary>BPF_OBJ_GET.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="path">The name.</param>
    /// <param name="flags"><see cref="MapFlags.ReadOnly"/>, <see cref="MapFlags.WriteOnly"/> or none for both.</param>
    /// <param name="directory">Descriptor of a directory, or <see langword="null"/> for the current one.</param>
    /// <returns>A descriptor, or the negated <see cref="Errno"/>.</returns>
    public static int Get(this IBpfEngine engine, string path, MapFlags flags = MapFlags.None, int? directory = null) =>
        Path(engine, BpfCommand.ObjGet, 0, path, (uint)flags, directory);

    /// <summary>BPF_MAP_GET_NEXT_ID.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="start">The id to go on from, 0 for the first.</param>
    /// <param name="next">The next id.</param>
    /// <returns>Zero, or the negated <see cref="Errno"/> (<see cref="Errno.ENOENT"/>: there is none).</returns>
    public static int MapNextId(this IBpfEngine engine, uint start, out uint next) => NextId(engine, BpfCommand.MapGetNextId, start, out next);

    /// <summary>BPF_PROG_GET_NEXT_ID.</summary>
    /// <inheritdoc cref="MapNextId" path="/*[not(self::summary)]"/>
    public static int ProgNextId(this IBpfEngine engine, uint start, out uint next) => NextId(engine, BpfCommand.ProgGetNextId, start, out next);

    /// <summary>BPF_LINK_GET_NEXT_ID.</summary>
    /// <inheritdoc cref="MapNextId" path="/*[not(self::summary)]"/>
    public static int LinkNextId(this IBpfEngine engine, uint start, out uint next) => NextId(engine, BpfCommand.LinkGetNextId, start, out next);

    /// <summary>BPF_BTF_GET_NEXT_ID.</summary>
    /// <inheritdoc cref="MapNextId" path="/*[not(self::summary)]"/>
    public static int BtfNextId(this IBpfEngine engine, uint start, out uint next) => NextId(engine, BpfCommand.BtfGetNextId, start, out next);

    /// <summary>BPF_MAP_GET_FD_BY_ID.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="id">The id.</param>
    /// <param name="flags"><see cref="MapFlags.ReadOnly"/>, <see cref="MapFlags.WriteOnly"/> or none for both.</param>
    /// <returns>A descriptor, or the negated <see cref="Errno"/> (<see cref="Errno.ENOENT"/>: no such id).</returns>
    public static int MapById(this IBpfEngine engine, uint id, MapFlags flags = MapFlags.None) =>
        ById(engine, BpfCommand.MapGetFdById, id, (uint)flags);

    /// <summary>BPF_PROG_GET_FD_BY_ID.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="id">The id.</param>
    /// <returns>A descriptor, or the negated <see cref="Errno"/> (<see cref="Errno.ENOENT"/>: no such id).</returns>
    public static int ProgById(this IBpfEngine engine, uint id) => ById(engine, BpfCommand.ProgGetFdById, id, 0);

    /// <summary>BPF_LINK_GET_FD_BY_ID.</summary>
    /// <inheritdoc cref="ProgById" path="/*[not(self::summary)]"/>
    public static int LinkById(this IBpfEngine engine, uint id) => ById(engine, BpfCommand.LinkGetFdById, id, 0);

    /// <summary>BPF_BTF_GET_FD_BY_ID.</summary>
    /// <inheritdoc cref="ProgById" path="/*[not(self::summary)]"/>
    public static int BtfById(this IBpfEngine engine, uint id) => ById(engine, BpfCommand.BtfGetFdById, id, 0);

    /// <summary>BPF_OBJ_GET_INFO_BY_FD.</summary>
    /// <typeparam name="T"><see cref="MapInfo"/>, <see cref="ProgInfo"/>, <see cref="LinkInfo"/> or <see cref="BtfInfo"/>, as the descriptor is.</typeparam>
    /// <param name="engine">The engine.</param>
    /// <param name="descriptor">The object's descriptor.</param>
    /// <param name="info">Receives what is known. Its pointer and count fields are read first: what they point to must be pinned by the caller.</param>
    /// <returns>Zero, or the negated <see cref="Errno"/>.</returns>
    public static int Info<T>(this IBpfEngine engine, int descriptor, ref T info)
        where T : unmanaged
    {
        fixed (T* pointer = &info)
        {
            InfoByFdAttribute attribute = new() { BpfFd = (uint)descriptor, InfoLen = (uint)Unsafe.SizeOf<T>(), Info = (ulong)pointer };
            return Invoke(engine, BpfCommand.ObjGetInfoByFd, ref attribute);
        }
    }

    /// <summary>BPF_LINK_CREATE.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="attribute">Program, target, attach type and its options.</param>
    /// <returns>A descriptor, or the negated <see cref="Errno"/>.</returns>
    public static int LinkCreate(this IBpfEngine engine, in LinkCreateAttribute attribute)
    {
        LinkCreateAttribute copy = attribute;
        return Invoke(engine, BpfCommand.LinkCreate, ref copy);
    }

    /// <summary>BPF_LINK_CREATE without options.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="program">The program's descriptor.</param>
    /// <param name="target">Descriptor (or interface index) of the target.</param>
    /// <param name="attachType">How to attach.</param>
    /// <param name="flags">Flags.</param>
    /// <returns>A descriptor, or the negated <see cref="Errno"/>.</returns>
    public static int LinkCreate(this IBpfEngine engine, int program, int target, AttachType attachType, uint flags = 0) =>
        engine.LinkCreate(new LinkCreateAttribute { ProgFd = (uint)program, TargetFd = (uint)target, AttachType = attachType, Flags = flags });

    /// <summary>BPF_LINK_UPDATE: puts another program into a link, in one step.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="link">The link's descriptor.</param>
    /// <param name="program">The new program's descriptor.</param>
    /// <param name="expected">The program that must be there now, or <see langword="null"/> for any.</param>
    /// <returns>Zero, or the negated <see cref="Errno"/>.</returns>
    public static int LinkUpdate(this IBpfEngine engine, int link, int program, int? expected = null)
    {
        const uint Replace = 1u << 2; // BPF_F_REPLACE
        LinkUpdateAttribute attribute = new()
        {
            LinkFd = (uint)link,
            NewProgFd = (uint)program,
            Flags = expected is null ? 0 : Replace,
            OldProgFd = (uint)(expected ?? 0),
        };
        return Invoke(engine, BpfCommand.LinkUpdate, ref attribute);
    }

    /// <summary>BPF_LINK_DETACH.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="link">The link's descriptor.</param>
    /// <returns>Zero, or the negated <see cref="Errno"/>.</returns>
    public static int LinkDetach(this IBpfEngine engine, int link)
    {
        LinkDetachAttribute attribute = new() { LinkFd = (uint)link };
        return Invoke(engine, BpfCommand.LinkDetach, ref attribute);
    }

    /// <summary>BPF_BTF_LOAD.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="btf">The BTF blob.</param>
    /// <param name="logLevel">Log level bits, 0 for no log.</param>
    /// <param name="log">Receives the log as zero-terminated text; empty for none.</param>
    /// <returns>A descriptor, or the negated <see cref="Errno"/>.</returns>
    public static int BtfLoad(this IBpfEngine engine, ReadOnlySpan<byte> btf, uint logLevel = 0, Span<byte> log = default)
    {
        fixed (byte* btfPointer = btf, logPointer = log)
        {
            BtfLoadAttribute attribute = new()
            {
                Btf = (ulong)btfPointer,
                BtfSize = (uint)btf.Length,
                BtfLogBuf = (ulong)logPointer,
                BtfLogSize = (uint)log.Length,
                BtfLogLevel = logLevel,
            };
            return Invoke(engine, BpfCommand.BtfLoad, ref attribute);
        }
    }

    /// <summary>BPF_ITER_CREATE: a descriptor to read an iterator's output from.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="link">The iterator link's descriptor.</param>
    /// <returns>A descriptor, or the negated <see cref="Errno"/>.</returns>
    public static int IterCreate(this IBpfEngine engine, int link)
    {
        IterCreateAttribute attribute = new() { LinkFd = (uint)link };
        return Invoke(engine, BpfCommand.IterCreate, ref attribute);
    }

    /// <summary>BPF_ENABLE_STATS: run times and counts are kept while the descriptor is open.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="type">What to count; 0 is <c>BPF_STATS_RUN_TIME</c>.</param>
    /// <returns>A descriptor, or the negated <see cref="Errno"/>.</returns>
    public static int EnableStats(this IBpfEngine engine, uint type = 0)
    {
        EnableStatsAttribute attribute = new() { Type = type };
        return Invoke(engine, BpfCommand.EnableStats, ref attribute);
    }

    private static int Path(IBpfEngine engine, BpfCommand command, int descriptor, string path, uint flags, int? directory)
    {
        byte[]? text = Terminated(path);
        if (text is null)
        {
            return -(int)Errno.EINVAL;
        }

        fixed (byte* pointer = text)
        {
            ObjectPathAttribute attribute = new()
            {
                Pathname = (ulong)pointer,
                BpfFd = (uint)descriptor,
                FileFlags = flags | (directory is null ? 0 : PathFdFlag),
                PathFd = directory ?? 0,
            };
            return Invoke(engine, command, ref attribute);
        }
    }

    private static int NextId(IBpfEngine engine, BpfCommand command, uint start, out uint next)
    {
        GetIdAttribute attribute = new() { Id = start };
        int result = Invoke(engine, command, ref attribute);
        next = attribute.NextId;
        return result;
    }

    private static int ById(IBpfEngine engine, BpfCommand command, uint id, uint flags)
    {
        GetIdAttribute attribute = new() { Id = id, OpenFlags = flags };
        return Invoke(engine, command, ref attribute);
    }
}
