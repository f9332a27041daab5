using System.CommandLine;
using System.Text.Json.Nodes;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;
using Holdfast.Isa.Abi;
using Spectre.Console;

namespace Holdfast.Cli.Commands;

/// <summary><c>prog show|list [PATH]</c></summary>
internal static class ProgShowCommand
{
    private static readonly Argument<string?> Path = new("PATH")
    {
        Description = "A pin, or id:N; all live programs if missing.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        Command command = new("show", "Show one program, or all.") { Path };
        command.Aliases.Add("list");
        return command.Does(Run);
    }

    private static void Run(CommandContext context)
    {
        using Bpf bpf = context.OpenBpf();
        List<BpfProgram> programs = context.Optional(Path) is { } path ? [PinArgument.OpenProgram(bpf, path)] : [.. All(bpf)];
        if (context.Json)
            CommandContext.WriteJson(new() { ["programs"] = new JsonArray([.. programs.Select(program => ProgramDetails.Json(program))]) });
        else
            Print(context, programs);
        programs.ForEach(program => program.Dispose());
    }

    private static void Print(CommandContext context, List<BpfProgram> programs)
    {
        Table table = Tables.Create(ProgramDetails.Headers);
        foreach (BpfProgram program in programs)
            table.Add(ProgramDetails.Row(program));
        context.Console.Write(table);
    }

    /// <summary>Opens each live program; one that goes meanwhile, or is another user's, is passed over.</summary>
    private static IEnumerable<BpfProgram> All(Bpf bpf)
    {
        foreach (uint id in bpf.ProgramIds())
        {
            BpfProgram? program = null;
            try
            {
                program = bpf.OpenProgram(id);
            }
            catch (BpfException failure) when (failure.Errno is Errno.ENOENT or Errno.EACCES or Errno.EPERM)
            {
                // Gone, or not ours to see.
            }

            if (program is not null)
                yield return program;
        }
    }
}
