using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Holdfast.Btf;

namespace Holdfast.Objects;

/// <summary>
/// What an object file compiled for BPF defines, as inert records: the same bytes give the same spec on every host. Loading it
/// makes maps and programs of it. Use <c>with</c>, <see cref="WithMap"/>, <see cref="WithProgram"/> and
/// <see cref="WithVariable"/> to change it before.
/// </summary>
public sealed record BpfObjectSpec
{
    /// <summary>Name of the object: the file's up to the first dot.</summary>
    public required string Name { get; init; }

    /// <summary>Licence that the programs are loaded under; empty if the object states none.</summary>
    public string License { get; init; } = "";

    /// <summary>Kernel version that the object states, 0 for none; only kernels before 5.0 look at it.</summary>
    public uint KernelVersion { get; init; }

    /// <summary>Maps: declared ones first, then those of data, each in the file's order.</summary>
    public ImmutableArray<MapSpec> Maps { get; init; } = [];

    /// <summary>Programs, by section and place in it.</summary>
    public ImmutableArray<ProgramSpec> Programs { get; init; } = [];

    /// <summary>Variables in data maps.</summary>
    public ImmutableArray<VariableSpec> Variables { get; init; } = [];

    /// <summary>Symbols that the kernel is to define.</summary>
    public ImmutableArray<ExternSpec> Externs { get; init; } = [];

    /// <summary>Types, completed as a kernel wants them; null if the object has none.</summary>
    public BtfGraph? Btf { get; init; }

    /// <summary>Reads an object file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The spec.</returns>
    /// <exception cref="ObjectFormatException">The bytes are no object that can be loaded; the diagnostics say why.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static BpfObjectSpec Load(string path) => Parse(File.ReadAllBytes(path), NameOf(path));

    /// <summary>Reads an object from bytes.</summary>
    /// <param name="bytes">The whole object file; kept.</param>
    /// <param name="name">The object's name, which names of data maps start with.</param>
    /// <returns>The spec.</returns>
    /// <exception cref="ObjectFormatException">The bytes are no object that can be loaded; the diagnostics say why.</exception>
    public static BpfObjectSpec Parse(ReadOnlyMemory<byte> bytes, string name) =>
        TryParse(bytes, name, out BpfObjectSpec? spec, out IReadOnlyList<ObjectDiagnostic> diagnostics)
            ? spec
            : throw new ObjectFormatException(name, diagnostics);

    /// <summary>Reads an object file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="spec">The spec, if the file can be read and understood.</param>
    /// <param name="diagnostics">What is wrong, if not.</param>
    /// <returns>Whether there is a spec.</returns>
    public static bool TryLoad(
        string path, [NotNullWhen(true)] out BpfObjectSpec? spec, out IReadOnlyList<ObjectDiagnostic> diagnostics)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            spec = null;
            diagnostics = [new(ObjectDiagnosticId.Unreadable, 0, exception.Message)];
            return false;
        }

        return TryParse(bytes, NameOf(path), out spec, out diagnostics);
    }

    /// <summary>Reads an object from bytes; never throws, whatever they are.</summary>
    /// <param name="bytes">The whole object file; kept.</param>
    /// <param name="name">The object's name, which names of data maps start with.</param>
    /// <param name="spec">The spec, if the bytes can be understood.</param>
    /// <param name="diagnostics">What is wrong, if not.</param>
    /// <returns>Whether there is a spec.</returns>
    public static bool TryParse(
        ReadOnlyMemory<byte> bytes,
        string name,
        [NotNullWhen(true)] out BpfObjectSpec? spec,
        out IReadOnlyList<ObjectDiagnostic> diagnostics)
    {
        var list = new DiagnosticList();
        spec = ObjectReader.TryRead(bytes, name, list);
        diagnostics = list.Items;
        return spec is not null;
    }

    /// <summary>Finds a map by its name in the object, or by the name that the live map gets.</summary>
    /// <param name="name">Exact name.</param>
    /// <returns>The map, or null.</returns>
    public MapSpec? FindMap(string name) =>
        Maps.FirstOrDefault(map => map.Name == name) ?? Maps.FirstOrDefault(map => map.KernelName == name);

    /// <summary>Finds a program by name.</summary>
    /// <param name="name">Exact name.</param>
    /// <returns>The program, or null.</returns>
    public ProgramSpec? FindProgram(string name) => Programs.FirstOrDefault(program => program.Name == name);

    /// <summary>Changes a map.</summary>
    /// <param name="name">Its name in the object.</param>
    /// <param name="change">From the map to the changed map.</param>
    /// <returns>The changed spec.</returns>
    /// <exception cref="ArgumentException">There is no such map.</exception>
    public BpfObjectSpec WithMap(string name, Func<MapSpec, MapSpec> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        MapSpec map = FindMap(name) ?? throw new ArgumentException($"{Name} has no map '{name}'.", nameof(name));
        return this with { Maps = Maps.Replace(map, change(map)) };
    }

    /// <summary>Changes a program.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="change">From the program to the changed program.</param>
    /// <returns>The changed spec.</returns>
    /// <exception cref="ArgumentException">There is no such program.</exception>
    public BpfObjectSpec WithProgram(string name, Func<ProgramSpec, ProgramSpec> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        ProgramSpec program = FindProgram(name) ?? throw new ArgumentException($"{Name} has no program '{name}'.", nameof(name));
        return this with { Programs = Programs.Replace(program, change(program)) };
    }

    /// <summary>Leaves out all programs but some.</summary>
    /// <param name="names">Names of the programs to load.</param>
    /// <returns>The changed spec.</returns>
    /// <exception cref="ArgumentException">There is no program of one of the names.</exception>
    public BpfObjectSpec WithOnly(params IEnumerable<string> names)
    {
        HashSet<string> chosen = [.. names];
        if (chosen.FirstOrDefault(name => FindProgram(name) is null) is { } unknown)
        {
            throw new ArgumentException($"{Name} has no program '{unknown}'; it has {string.Join(", ", Programs.Select(program => program.Name))}.", nameof(names));
        }

        return this with { Programs = [.. Programs.Select(program => program with { Autoload = chosen.Contains(program.Name) })] };
    }

    /// <summary>Leaves out some programs.</summary>
    /// <param name="names">Names of the programs not to load.</param>
    /// <returns>The changed spec.</returns>
    /// <exception cref="ArgumentException">There is no program of one of the names.</exception>
    public BpfObjectSpec Without(params IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        return names.Aggregate(this, (spec, name) => spec.WithProgram(name, program => program with { Autoload = false }));
    }

    /// <summary>Sets the value that a variable starts with.</summary>
    /// <param name="name">The variable.</param>
    /// <param name="value">Bytes of its whole value.</param>
    /// <returns>The changed spec.</returns>
    /// <exception cref="ArgumentException">There is no such variable, or its size is another.</exception>
    public BpfObjectSpec WithVariable(string name, ReadOnlySpan<byte> value)
    {
        VariableSpec variable = Variables.FirstOrDefault(variable => variable.Name == name)
            ?? throw new ArgumentException($"{Name} has no variable '{name}'.", nameof(name));
        if (value.Length != variable.Size)
        {
            throw new ArgumentException($"variable '{name}' has {variable.Size} bytes, not {value.Length}.", nameof(value));
        }

        MapSpec map = FindMap(variable.MapName)!;
        byte[] data = new byte[map.ValueSize];
        map.InitialData.AsSpan().CopyTo(data);
        value.CopyTo(data.AsSpan((int)variable.Offset));
        return WithMap(map.Name, map => map with { InitialData = [.. data] });
    }

    private static string NameOf(string path) => Path.GetFileName(path).Split('.')[0];
}
