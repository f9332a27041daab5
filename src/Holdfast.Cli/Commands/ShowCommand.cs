using System.CommandLine;
using System.Text.Json.Nodes;
using Holdfast.Cli.Formatting;
using Holdfast.Cli.Hosting;
using Holdfast.Isa.Abi;
using Spectre.Console;

namespace Holdfast.Cli.Commands;

/// <summary><c>show|list [PATH]</c> of one kind of object.</summary>
/// <param name="noun">What the objects are called, as a key of JSON: <c>maps</c>.</param>
/// <param name="listing">How they are found and told of.</param>
internal sealed class ShowCommand<T>(string noun, ShowCommand<T>.Listing listing)
    where T : BpfHandle
{
    private readonly Argument<string?> _path = new("PATH")
    {
        Description = $"A pin, or id:N; all live {noun} if missing.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>What differs from kind to kind.</summary>
    internal sealed record Listing
    {
        public required Func<Bpf, IEnumerable<uint>> Ids { get; init; }

        public required Func<Bpf, uint, T> ById { get; init; }

        public required Func<Bpf, string, T> ByPath { get; init; }

        public required string[] Headers { get; init; }

        public required Func<T, string[]> Row { get; init; }

        public required Func<T, JsonObject> Json { get; init; }
    }

    /// <summary>The command.</summary>
    public Command Create()
    {
        Command command = new("show", $"Show one of the {noun}, or all.") { _path };
        command.Aliases.Add("list");
        return command.Does(Run);
    }

    private void Run(CommandContext context)
    {
        using Bpf bpf = context.OpenBpf();
        BpfException? unreadable = null;
        List<T> objects = context.Optional(_path) is { } path ? [listing.ByPath(bpf, path)] : All(bpf, ref unreadable);
        if (context.Json)
            CommandContext.WriteJson(new() { [noun] = new JsonArray([.. objects.Select(listing.Json)]) });
        else
            Print(context, objects);
        objects.ForEach(handle => handle.Dispose());
        if (unreadable is not null)
            throw unreadable;
    }

    private void Print(CommandContext context, List<T> objects)
    {
        Table table = Tables.Create(listing.Headers);
        foreach (T handle in objects)
            table.Add(listing.Row(handle));
        context.Console.Write(table);
    }

    /// <summary>
    /// Opens each live object. One that goes meanwhile, or is another user's, is passed over; one that is damaged or of a newer
    /// version is told of when the others have been shown.
    /// </summary>
    private List<T> All(Bpf bpf, ref BpfException? unreadable)
    {
        List<T> objects = [];
        foreach (uint id in listing.Ids(bpf))
        {
            try
            {
                objects.Add(listing.ById(bpf, id));
            }
            catch (BpfException failure) when (failure.Errno is Errno.ENOENT or Errno.EACCES or Errno.EPERM)
            {
                // Gone, or not ours to see.
            }
            catch (BpfException failure)
            {
                unreadable ??= failure;
            }
        }

        return objects;
    }
}
