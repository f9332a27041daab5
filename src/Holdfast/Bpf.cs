using Holdfast.Btf;
using Holdfast.Execution;
using Holdfast.Execution.Interpreter;
using Holdfast.Isa.Abi;
using Holdfast.Kernel;
using Holdfast.Objects;
using Holdfast.Storage;
using Holdfast.Userspace;

namespace Holdfast;

/// <summary>An open engine: where maps and programs are created, loaded, found and opened.</summary>
public sealed partial class Bpf : IDisposable
{
    private delegate int NextId(uint start, out uint next);

    private Bpf(IBpfEngine engine)
    {
        Engine = engine;
        Features = new BpfFeatures(engine);
        Store = engine is UserspaceEngine user ? new BpfStore(user.Store) : null;
    }

    /// <summary>The raw entry: bpf(2)'s commands with the kernel's layouts.</summary>
    public IBpfEngine Engine { get; }

    /// <summary>The userspace engine's store; null with the kernel engine.</summary>
    public BpfStore? Store { get; }

    /// <summary>What the engine supports, found by trying.</summary>
    public BpfFeatures Features { get; }

    /// <summary>The types that the engine checks programs against, if it was given any other than the running kernel's.</summary>
    internal BtfGraph? KernelBtf { get; init; }

    /// <summary>What runs programs: <c>jit</c> or <c>interpreter</c>, or <c>kernel</c>.</summary>
    public string ExecutionEngineName => (Engine as UserspaceEngine)?.ExecutionEngineName ?? Engine.Name;

    /// <summary>The directory that bare names are pinned in.</summary>
    public string DefaultMount => Engine.DefaultMount;

    /// <summary>Opens the userspace engine: no root, no daemon.</summary>
    /// <param name="options">Where and how; by default the calling user's store.</param>
    /// <returns>The engine.</returns>
    /// <exception cref="BpfException">The store can't be used; the message says why.</exception>
    public static Bpf Open(BpfOptions? options = null)
    {
        options ??= new BpfOptions();
        UserspaceOptions userspace = new()
        {
            Store = options.Store,
            CreateStore = options.CreateStore,
            KernelBtf = options.KernelBtf,
            AllowUnrunnablePrograms = options.AllowUnrunnablePrograms,
            Execution = options.UseInterpreter ? new InterpreterEngine() : ExecutionEngine.Default,
        };
        return UserspaceEngine.TryOpen(userspace, out UserspaceEngine? engine, out StorageError? error)
            ? new Bpf(engine) { KernelBtf = options.KernelBtf }
            : throw new BpfException(error.Errno, $"{error.Message} [{error.Errno}]");
    }

    /// <summary>Opens the running kernel's engine. Most commands need privilege.</summary>
    /// <returns>The engine.</returns>
    public static Bpf OpenKernel() => new(new KernelEngine());

    /// <summary>Opens any engine; tests put one before the kernel's to see what it is asked.</summary>
    internal static Bpf Over(IBpfEngine engine) => new(engine);

    /// <summary>
    /// Lifts this process's limit of locked memory, where the engine counts maps against it (kernels before 5.11). It is never done unasked;
    /// on other kernels nothing is changed.
    /// </summary>
    /// <returns>What was changed, or why it could not be, in one line; null if there was nothing to do.</returns>
    public string? RaiseMemlockLimit()
    {
        string? note = null;
        _ = (Engine as IMemlockEngine)?.RaiseMemlock(out note);
        return note;
    }

    /// <summary>Turns a name that a user gave into a path: a bare name goes to <see cref="DefaultMount"/>.</summary>
    /// <param name="name">A path that starts with <c>/</c> or <c>.</c>, or a name in the default mount.</param>
    /// <returns>The path.</returns>
    public string ResolvePath(string name) => PinPath.Resolve(Engine, name);

    /// <summary>Creates a map.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="keySize">Key size in bytes.</param>
    /// <param name="valueSize">Value size in bytes.</param>
    /// <param name="maxEntries">Capacity in entries.</param>
    /// <param name="flags">Creation flags.</param>
    /// <param name="name">A name of at most 15 letters, digits, underscores and dots; not a pin.</param>
    /// <returns>The map.</returns>
    /// <exception cref="BpfException">EINVAL, E2BIG, ENOSPC, …</exception>
    public BpfMap CreateMap(MapType type, int keySize, int valueSize, uint maxEntries, MapFlags flags = MapFlags.None, string name = "") =>
        CreateMap(new MapCreateAttribute
        {
            MapType = type,
            KeySize = (uint)keySize,
            ValueSize = (uint)valueSize,
            MaxEntries = maxEntries,
            MapFlags = flags,
            MapName = ObjectName.From(name),
        });

    /// <summary>Creates a map from a full attribute.</summary>
    /// <param name="attribute">The attribute.</param>
    /// <returns>The map.</returns>
    /// <exception cref="BpfException">EINVAL, E2BIG, ENOSPC, …</exception>
    public BpfMap CreateMap(in MapCreateAttribute attribute)
    {
        int result = Engine.MapCreate(attribute);
        string what = $"create {attribute.MapType} map '{attribute.MapName}'";
        if (result is -(int)Errno.EINVAL or -(int)Errno.E2BIG or -(int)Errno.EOPNOTSUPP && Engine.LastFailure is null && !Features.Supports(attribute.MapType))
            throw Failure.Unsupported(Engine, result, what, "map type");
        return new(Engine, Failure.Check(Engine, result, what));
    }

    /// <summary>Loads an object: its maps are created or reused from their pins, its programs verified; all or nothing.</summary>
    /// <param name="spec">The object; see <see cref="BpfObjectSpec.Load"/>.</param>
    /// <param name="options">Where pins are, what the kernel's types are, how much log.</param>
    /// <returns>The live maps and programs.</returns>
    /// <exception cref="VerificationException">A program was rejected; the report says why.</exception>
    /// <exception cref="BpfException">Something else failed; nothing stays behind.</exception>
    public BpfObject Load(BpfObjectSpec spec, BpfLoadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return new ObjectLoader(this, spec, options ?? new BpfLoadOptions()).Load();
    }

    /// <summary>Opens a pinned map by name.</summary>
    /// <param name="path">The pin.</param>
    /// <param name="flags"><see cref="MapFlags.ReadOnly"/>, <see cref="MapFlags.WriteOnly"/> or neither.</param>
    /// <returns>The map.</returns>
    /// <exception cref="BpfException">ENOENT, EACCES, EINVAL; EINVAL also if the name is a program's.</exception>
    public BpfMap OpenPinnedMap(string path, MapFlags flags = MapFlags.None) =>
        (BpfMap)Expect(OpenPinned(path, flags), ObjectKind.Map, path);

    /// <summary>Opens a pinned program by name.</summary>
    /// <param name="path">The pin.</param>
    /// <returns>The program.</returns>
    /// <exception cref="BpfException">ENOENT, EACCES, EINVAL; EINVAL also if the name is a map's.</exception>
    public BpfProgram OpenPinnedProgram(string path) => (BpfProgram)Expect(OpenPinned(path), ObjectKind.Program, path);

    /// <summary>Opens whatever is pinned by a name.</summary>
    /// <param name="path">The pin.</param>
    /// <param name="flags"><see cref="MapFlags.ReadOnly"/>, <see cref="MapFlags.WriteOnly"/> or neither.</param>
    /// <returns>A <see cref="BpfMap"/>, <see cref="BpfProgram"/>, <see cref="BpfLink"/> or <see cref="Hook"/>.</returns>
    /// <exception cref="BpfException">ENOENT, EACCES, EINVAL.</exception>
    public BpfHandle OpenPinned(string path, MapFlags flags = MapFlags.None)
    {
        string full = ResolvePath(path);
        return Adopt(Failure.Check(Engine, Engine.Get(full, flags), $"open {full}"));
    }

    /// <summary>Opens a map by id.</summary>
    /// <param name="id">The id.</param>
    /// <param name="flags"><see cref="MapFlags.ReadOnly"/>, <see cref="MapFlags.WriteOnly"/> or neither.</param>
    /// <returns>The map.</returns>
    /// <exception cref="BpfException">ENOENT: there is none.</exception>
    public BpfMap OpenMap(uint id, MapFlags flags = MapFlags.None) => new(Engine, Failure.Check(Engine, Engine.MapById(id, flags), $"open map {id}"));

    /// <summary>Opens a program by id.</summary>
    /// <param name="id">The id.</param>
    /// <returns>The program.</returns>
    /// <exception cref="BpfException">ENOENT: there is none.</exception>
    public BpfProgram OpenProgram(uint id) => new(Engine, Failure.Check(Engine, Engine.ProgById(id), $"open program {id}"));

    /// <summary>Ids of all live maps, ascending.</summary>
    /// <returns>The ids.</returns>
    /// <exception cref="BpfException">EPERM: the kernel lists its objects to CAP_SYS_ADMIN only.</exception>
    public IEnumerable<uint> MapIds() => Ids(Engine.MapNextId, "maps");

    /// <summary>Ids of all live programs, ascending.</summary>
    /// <returns>The ids.</returns>
    /// <exception cref="BpfException">EPERM: the kernel lists its objects to CAP_SYS_ADMIN only.</exception>
    public IEnumerable<uint> ProgramIds() => Ids(Engine.ProgNextId, "programs");

    /// <summary>Removes a pin. The object lives on while anything else refers to it.</summary>
    /// <param name="path">The pin.</param>
    /// <exception cref="BpfException">ENOENT, EACCES, …</exception>
    public void Unpin(string path) => Pins.Unpin(Engine, path);

    /// <inheritdoc/>
    public void Dispose() => Engine.Dispose();

    /// <summary>Ids of all loaded types, ascending.</summary>
    internal IEnumerable<uint> BtfIds() => Ids(Engine.BtfNextId, "types");

    private IEnumerable<uint> Ids(NextId read, string what)
    {
        for (uint id = 0; ;)
        {
            int result = read(id, out id);
            if (result == -(int)Errno.ENOENT)
                yield break;
            Failure.Check(Engine, result, $"list {what}");
            yield return id;
        }
    }

    private static BpfHandle Expect(BpfHandle handle, ObjectKind kind, string path)
    {
        ObjectKind actual = handle switch { BpfMap => ObjectKind.Map, BpfProgram => ObjectKind.Program, Hook => ObjectKind.Hook, _ => ObjectKind.Link };
        if (actual == kind)
            return handle;
        handle.Dispose();
        throw new BpfException(Errno.EINVAL, $"{path} is a {actual}, not a {kind} [{Errno.EINVAL}]");
    }

    private BpfHandle Adopt(int descriptor)
    {
        switch (Engine.KindOf(descriptor))
        {
            case ObjectKind.Map:
                return new BpfMap(Engine, descriptor);
            case ObjectKind.Program:
                return new BpfProgram(Engine, descriptor);
            case ObjectKind.Link:
                return new BpfLink(Engine, descriptor);
            case ObjectKind.Hook:
                return new Hook(Engine, descriptor);
            default:
                Engine.Close(descriptor);
                throw new BpfException(Errno.EINVAL, $"the pin is no map, program, link or hook [{Errno.EINVAL}]");
        }
    }
}
