using System.CommandLine;
using Holdfast.Btf;
using Holdfast.Cli.Formatting;
using Holdfast.Isa.Abi;
using Holdfast.Objects;

namespace Holdfast.Cli.Hosting;

/// <summary>What the commands that load objects may be told of them: what the object itself doesn't say.</summary>
internal static class LoadInput
{
    private static readonly Option<string?> Type = new("--type") { Description = "Type of the programs whose section says none, e.g. lirc_mode2.", HelpName = "T" };
    private static readonly Option<string?> Btf = new("--btf") { Description = "Types to take layouts from (CO-RE) in place of the running kernel's.", HelpName = "FILE" };

    /// <summary>Gives a command the options.</summary>
    public static Command WithLoadOptions(this Command command)
    {
        command.Options.Add(Type);
        command.Options.Add(Btf);
        return command;
    }

    /// <summary>Gives programs of no type the one asked for.</summary>
    public static BpfObjectSpec WithType(CommandContext context, BpfObjectSpec spec)
    {
        if (context.Get(Type) is not { } text)
            return spec;
        ProgramType type = KernelNames.ParseProgramType(text);
        return spec with { Programs = [.. spec.Programs.Select(program => program.Type == ProgramType.Unspec ? program with { Type = type } : program)] };
    }

    /// <summary>How to load.</summary>
    public static BpfLoadOptions LoadOptions(CommandContext context)
    {
        if (context.Get(Btf) is not { } path)
            return new();
        return BtfGraph.TryRead(InputFile.ReadBytes(path), null, out BtfGraph? types, out IReadOnlyList<BtfDiagnostic> wrong)
            ? new() { KernelBtf = types }
            : throw new CliException($"{path} holds no BTF ({wrong[0]}); take it from /sys/kernel/btf/vmlinux of the kernel that is meant");
    }
}
