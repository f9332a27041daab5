using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Hooks;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Tests.FileSystem;

/// <summary>A store of its own on tmpfs (or where told), removed at the end.</summary>
internal sealed class TemporaryStore : IDisposable
{
    public TemporaryStore(string? parent = null, bool open = true, StoreOptions? options = null)
    {
        Root = Directory.CreateTempSubdirectory("holdfast-").FullName;
        if (parent is not null || Directory.Exists("/dev/shm"))
        {
            Directory.Delete(Root);
            Root = Path.Combine(parent ?? "/dev/shm", "holdfast-test-" + Guid.NewGuid().ToString("N"));
            Directory.CreateDirectory(Root);
        }

        if (open)
            Store = Open(options);
    }

    /// <summary>The directory that holds the store.</summary>
    public string Root { get; }

    public string StorePath => Path.Combine(Root, "store");

    public string Fs => Path.Combine(StorePath, "fs");

    public Store Store { get; private set; } = null!;

    public Store Open(StoreOptions? options = null)
    {
        Assert.True(Store.TryOpen(StorePath, options ?? new StoreOptions { SweepBudget = 0 }, out Store? store, out StorageError? error), error?.ToString());
        return store;
    }

    /// <summary>Ids of all objects whose files are there, live or not.</summary>
    public List<ObjectKey> Objects()
    {
        List<ObjectKey> keys = [];
        foreach ((string name, ObjectKind kind) in new[] { ("maps", ObjectKind.Map), ("programs", ObjectKind.Program), ("links", ObjectKind.Link), ("btf", ObjectKind.Btf), ("hooks", ObjectKind.Hook) })
        {
            foreach (string file in Directory.EnumerateFiles(Path.Combine(StorePath, "objects", name)))
                keys.Add(new ObjectKey(kind, uint.Parse(Path.GetFileName(file))));
        }

        keys.Sort((a, b) => a.Kind != b.Kind ? a.Kind.CompareTo(b.Kind) : a.Id.CompareTo(b.Id));
        return keys;
    }

    public string PathOf(ObjectKey key) =>
        Path.Combine(StorePath, "objects", key.Kind switch { ObjectKind.Map => "maps", ObjectKind.Program => "programs", ObjectKind.Link => "links", ObjectKind.Hook => "hooks", _ => "btf" }, key.Id.ToString());

    public ObjectFile CreateMap(string name = "m", long length = 4096, MapType type = MapType.Array) => Create(Store, Map(name, length, type));

    public static ObjectDefinition Map(string name = "m", long length = 4096, MapType type = MapType.Array) =>
        ObjectDefinition.ForMap(new MapObjectAttributes { Type = type, KeySize = 4, ValueSize = 4, MaxEntries = 1024 }) with
        {
            Name = ObjectName.From(name),
            DataLength = length,
        };

    public static ObjectDefinition Program(params ObjectFile[] maps) =>
        ObjectDefinition.ForProgram(new ProgramObjectAttributes { Type = ProgramType.Xdp, InstructionCount = 2 }) with
        {
            Name = ObjectName.From("prog"),
            Sections = [(ObjectSectionKind.Instructions, new byte[] { 0xb7, 0, 0, 0, 1, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0 }), (ObjectSectionKind.License, "GPL"u8.ToArray())],
            References = maps,
        };

    public static ObjectDefinition Link(ObjectFile program) =>
        ObjectDefinition.ForLink(new LinkObjectAttributes { Type = LinkType.Xdp }) with { References = [program], KindWords = new ulong[] { program.Key.Id } };

    public static ObjectDefinition Hook() =>
        ObjectDefinition.ForHook(new HookObjectAttributes { ProgramType = ProgramType.Xdp, AttachType = AttachType.Xdp, Slots = 4 });

    /// <summary>A link on a hook as the engine makes it, not yet in the hook's list.</summary>
    public static ObjectDefinition Link(ObjectFile program, ObjectFile hook) =>
        ObjectDefinition.ForLink(new LinkObjectAttributes { Type = LinkType.Hook, AttachType = AttachType.Xdp, TargetKind = ObjectKind.Hook, Target = hook.Key.Id }) with
        {
            References = [program],
            KindWords = new ulong[] { program.Key.Id, 0 },
        };

    /// <summary>Attaches a program at the end of a hook's list.</summary>
    public static ObjectFile Attach(Store store, ObjectFile hook, ObjectFile program)
    {
        ObjectFile link = Create(store, Link(program, hook));
        Assert.Null(HookLinks.Attach(store, hook, link, program.Key.Id, AtTheEnd));
        return link;
    }

    public static Errno AtTheEnd(IReadOnlyList<HookSlot> list, ulong revision, out int index)
    {
        index = list.Count;
        return Errno.None;
    }

    public static ObjectFile Create(Store store, ObjectDefinition definition)
    {
        Assert.True(store.TryCreate(definition, out ObjectFile? file, out StorageError? error), error?.ToString());
        return file;
    }

    public static ObjectFile Get(Store store, string path, ObjectAccess access = ObjectAccess.ReadWrite)
    {
        Assert.True(store.Bpffs.TryOpenPinned(path, access, out ObjectFile? file, out StorageError? error), error?.ToString());
        return file;
    }

    public static Errno GetErrno(Store store, string path, ObjectAccess access = ObjectAccess.ReadWrite)
    {
        if (!store.Bpffs.TryOpenPinned(path, access, out ObjectFile? file, out StorageError? error))
            return error.Errno;
        file.Dispose();
        return Errno.None;
    }

    public void Dispose()
    {
        Store?.Dispose();
        Directory.Delete(Root, recursive: true);
    }
}
