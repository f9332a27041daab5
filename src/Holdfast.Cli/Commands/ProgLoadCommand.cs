using System.CommandLine;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;
using Holdfast.Objects;

namespace Holdfast.Cli.Commands;

/// <summary><c>prog load FILE.o PATH [--program NAME] [--type T] [--btf FILE]</c></summary>
internal static class ProgLoadCommand
{
    private static readonly Argument<string> Source = new("FILE") { Description = "An object file." };
    private static readonly Argument<string> Path = PinArgument.Create("Where to pin the program.");
    private static readonly Option<string?> Program = new("--program") { Description = "Which one, if the object has several.", HelpName = "NAME" };

    /// <summary>The command.</summary>
    public static Command Create() =>
        new Command("load", "Load one program of an object and pin it.") { Source, Path, Program }.WithLoadOptions().Does(Run);

    private static void Run(CommandContext context)
    {
        string file = context.Get(Source);
        BpfObjectSpec spec = ObjectInput.Load(file);
        if (context.Get(Program) is null && spec.Programs.Length != 1)
            throw new CliException($"{file} has {spec.Programs.Length} programs; choose one by --program: {string.Join(", ", spec.Programs.Select(program => program.Name))}");
        spec = ObjectInput.Only(LoadInput.WithType(context, spec), context.Get(Program) ?? spec.Programs[0].Name, file);
        using Bpf bpf = context.OpenBpf();
        using BpfObject loaded = bpf.Load(spec, LoadInput.LoadOptions(context));
        BpfProgram program = loaded.Programs.Values.Single();
        program.Pin(context.Get(Path));
        string pin = bpf.ResolvePath(context.Get(Path));
        if (context.Json)
            CommandContext.WriteJson(new() { ["program"] = ProgramDetails.Json(program, pin) });
        else
            CommandContext.WriteLine($"{KernelNames.Of(program.Type)} program {program.Id} '{program.Name}' pinned at {pin}");
    }
}
