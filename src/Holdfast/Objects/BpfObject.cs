using System.Collections.Immutable;
using Holdfast.Isa.Abi;
using Holdfast.Objects;
using Holdfast.Storage.FileSystem;
using Holdfast.Verifier;

namespace Holdfast;

/// <summary>A loaded object: its live maps and programs. Disposing it closes them; what is pinned lives on.</summary>
public sealed class BpfObject : IDisposable
{
    private static int _generations;

    private readonly Bpf _bpf;
    private readonly LoadedMaps _maps;

    internal BpfObject(Bpf bpf, BpfObjectSpec spec, LoadedMaps maps, LoadedPrograms programs)
    {
        _bpf = bpf;
        _maps = maps;
        Spec = spec;
        Maps = maps.ByName;
        UntypedMaps = maps.Untyped;
        Programs = programs.ByName;
        Reports = programs.Reports;
        Rejections = [.. programs.Rejections];
    }

    /// <summary>What it was loaded from.</summary>
    public BpfObjectSpec Spec { get; }

    /// <summary>The object's name.</summary>
    public string Name => Spec.Name;

    /// <summary>The maps by their names in the object (<c>.rodata</c> and the like for data).</summary>
    public IReadOnlyDictionary<string, BpfMap> Maps { get; }

    /// <summary>
    /// Maps that the engine took only without the types that the object gives them, by name, and its answer to the types: ENOTSUPP
    /// (this kind of map takes none) or EINVAL (not these). They work, but nobody who opens them by name learns their fields.
    /// </summary>
    public IReadOnlyDictionary<string, Errno> UntypedMaps { get; }

    /// <summary>The loaded programs by name.</summary>
    public IReadOnlyDictionary<string, BpfProgram> Programs { get; }

    /// <summary>What the verifier found, by program, where the engine tells it or a log level asked for it.</summary>
    public IReadOnlyDictionary<string, VerificationReport> Reports { get; }

    /// <summary>Programs that were rejected and left out; only with <see cref="BpfLoadOptions.KeepGoing"/>.</summary>
    public ImmutableArray<VerificationException> Rejections { get; }

    /// <summary>A map by its name in the object, or by its live name.</summary>
    /// <param name="name">The name.</param>
    /// <returns>The map; this object stays its owner.</returns>
    /// <exception cref="ArgumentException">There is none.</exception>
    public BpfMap Map(string name) => Spec.FindMap(name) is { } spec && Maps.TryGetValue(spec.Name, out BpfMap? map)
        ? map
        : throw new ArgumentException($"{Name} has no map '{name}'; it has {string.Join(", ", Maps.Keys)}.", nameof(name));

    /// <summary>A program by name.</summary>
    /// <param name="name">The name.</param>
    /// <returns>The program; this object stays its owner.</returns>
    /// <exception cref="ArgumentException">There is none, or it was left out.</exception>
    public BpfProgram Program(string name) => Programs.TryGetValue(name, out BpfProgram? program)
        ? program
        : throw new ArgumentException($"{Name} has no loaded program '{name}'; it has {string.Join(", ", Programs.Keys)}.", nameof(name));

    /// <summary>
    /// Puts the operations of a table in section <c>.struct_ops</c> to use. They stay in use, also after this process ends, until the
    /// registration is disposed; tables in <c>.struct_ops.link</c> are put to use by <see cref="BpfMap.AttachStructOps"/>, which ends by itself.
    /// </summary>
    /// <param name="map">The table's name in the object.</param>
    /// <returns>The registration.</returns>
    /// <exception cref="BpfException">EINVAL: it is no such table, or none of its programs was loaded, or one that the kernel needs was not; EEXIST: operations of that name are in use; …</exception>
    public StructOpsRegistration RegisterStructOps(string map)
    {
        BpfMap table = Map(map);
        if (Spec.FindMap(map) is not { Contents: MapContents.StructOps } spec || (spec.Flags & MapFlags.Link) != 0 || !_maps.Tables.TryGetValue(spec.Name, out byte[]? value))
        {
            throw new BpfException(
                Errno.EINVAL, $"'{map}' is no table of section .struct_ops with programs that were loaded; attach one of .struct_ops.link by BpfMap.AttachStructOps [{Errno.EINVAL}]");
        }

        Failure.Check(table.Engine, table.Engine.MapUpdate(table.Handle.Descriptor, stackalloc byte[sizeof(uint)], value), $"register struct_ops table '{map}'");
        return new(table);
    }

    /// <summary>Pins every program as <c>DIR/NAME</c> and every map as <c>DIR/maps/NAME</c>; all or nothing.</summary>
    /// <param name="directory">A directory below a mounted bpffs, made if it isn't there, or a bare name in the default mount.</param>
    /// <exception cref="BpfException">EEXIST: a name is taken; EPERM: outside a mount; …</exception>
    public void PinAll(string directory)
    {
        using var pins = new PinTransaction(_bpf);
        PinAll(pins, _bpf.ResolvePath(directory));
        pins.Keep();
    }

    /// <summary>
    /// Pins as <see cref="PinAll(string)"/> does, in place of the directory that is there now, in one step: whoever has the old
    /// directory open sees the old set until it is removed, whoever comes later the new one; nobody sees some of each. All that was
    /// in the old directory goes. The new set is made beside it, as <c>DIR_new_PID_N</c>; a process that is killed before the exchange
    /// leaves that directory, one that is killed after it what is left of the old one under that name; <c>rm -r</c> removes either.
    /// </summary>
    /// <param name="directory">A directory below a mounted bpffs, or a bare name in the default mount; it need not exist.</param>
    /// <exception cref="BpfException">As for <see cref="PinAll(string)"/>; EACCES: a file that is no pin is in the old directory; then the old directory is as it was.</exception>
    public void ReplaceAll(string directory)
    {
        string root = _bpf.ResolvePath(directory).TrimEnd('/');
        string staged = $"{root}_new_{Environment.ProcessId}_{Interlocked.Increment(ref _generations)}";
        IPinFileSystem names = Pins.Require(_bpf.Engine);
        RefuseForeignFiles(root);
        using (var pins = new PinTransaction(_bpf))
        {
            // The name must be there for an exchange. It is empty until then, as for whoever creates a directory and then pins in it.
            pins.MakeDirectory(root);
            PinAll(pins, staged);
            Failure.Check(_bpf.Engine, names.Exchange(staged, root), $"replace {root}");
            pins.Keep();
        }

        Remove(names, staged);
    }

    private void PinAll(PinTransaction pins, string root)
    {
        foreach ((string name, BpfProgram program) in Programs)
            pins.Pin(program, Path.Combine(root, PinTransaction.FileName(name)));
        foreach ((string name, BpfMap map) in Maps)
            pins.Pin(map, Path.Combine(root, "maps", PinTransaction.FileName(Spec.FindMap(name)!.KernelName)));
    }

    /// <summary>A file among the pins that is none was put there by hand: nobody means to lose it.</summary>
    private void RefuseForeignFiles(string directory)
    {
        if (!Directory.Exists(directory))
            return;
        foreach (PinEntry entry in _bpf.List(directory))
        {
            string path = Path.Combine(directory, entry.Name);
            if (entry is { Type: PinnedNameType.Other, Kind: ObjectKind.None })
                throw new BpfException(Errno.EACCES, $"cannot replace the set in {directory}: {path} is no pin and would be removed; move it away first [{Errno.EACCES}]");
            if (entry.Type == PinnedNameType.Directory)
                RefuseForeignFiles(path);
        }
    }

    /// <summary>Removes the old set, each object with its last name.</summary>
    private void Remove(IPinFileSystem names, string directory)
    {
        foreach (string below in Directory.EnumerateDirectories(directory))
            Remove(names, below);
        foreach (string pin in Directory.EnumerateFiles(directory))
            Failure.Check(_bpf.Engine, names.Unpin(pin), $"unpin {pin}, of the set that was replaced");
        Directory.Delete(directory);
    }

    /// <summary>Closes the maps and programs.</summary>
    public void Dispose()
    {
        foreach (BpfProgram program in Programs.Values)
            program.Dispose();
        _maps.Dispose();
    }
}
