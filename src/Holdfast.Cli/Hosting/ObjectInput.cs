using Holdfast.Objects;

namespace Holdfast.Cli.Hosting;

/// <summary>Reads object files.</summary>
internal static class ObjectInput
{
    /// <summary>Whether bytes begin as ELF files do.</summary>
    public static bool IsElf(ReadOnlySpan<byte> bytes) => bytes is [0x7f, (byte)'E', (byte)'L', (byte)'F', ..];

    /// <summary>Reads a file.</summary>
    public static BpfObjectSpec Load(string path) => Parse(InputFile.ReadBytes(path), path);

    /// <summary>Reads bytes.</summary>
    public static BpfObjectSpec Parse(byte[] bytes, string path)
    {
        if (!IsElf(bytes))
            throw new CliException($"{path} is no object file; compile it with clang -target bpf -g -O2 -c");
        string name = Path.GetFileName(path).Split('.')[0];
        return BpfObjectSpec.TryParse(bytes, name, out BpfObjectSpec? spec, out IReadOnlyList<ObjectDiagnostic> diagnostics)
            ? spec
            : throw new CliException($"{path}: {diagnostics[0]}");
    }

    /// <summary>Leaves only one program to be loaded, if one is named.</summary>
    public static BpfObjectSpec Only(BpfObjectSpec spec, string? program, string path)
    {
        if (program is null)
            return spec;
        return spec.FindProgram(program) is not null
            ? spec.WithOnly(program)
            : throw new CliException($"{path} has no program '{program}'; it has {string.Join(", ", spec.Programs.Select(candidate => candidate.Name))}");
    }
}
