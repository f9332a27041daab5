using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Holdfast.Cli.Hosting;

/// <summary>What a command's action works with.</summary>
internal sealed class CommandContext(ParseResult parsed)
{
    private static readonly JsonSerializerOptions JsonStyle = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lazy<IAnsiConsole> _console = new(CreateConsole);

    /// <summary>Whether output is JSON.</summary>
    public bool Json => parsed.GetValue(GlobalOptions.Json);

    /// <summary>The engine's name.</summary>
    public string EngineName => parsed.GetValue(GlobalOptions.Engine) ?? "user";

    /// <summary>Whether the kernel's engine is asked for.</summary>
    public bool UsesKernel => EngineName == "kernel";

    /// <summary>The store asked for, or null.</summary>
    public string? Store => parsed.GetValue(GlobalOptions.Store);

    /// <summary>Where tables and trees go.</summary>
    public IAnsiConsole Console => _console.Value;

    /// <summary>An argument that must be there.</summary>
    public T Get<T>(Argument<T> argument) => parsed.GetRequiredValue(argument);

    /// <summary>An argument that may be missing.</summary>
    public T? Optional<T>(Argument<T> argument) => parsed.GetValue(argument);

    /// <summary>An option's value.</summary>
    public T? Get<T>(Option<T> option) => parsed.GetValue(option);

    /// <summary>Opens the engine that the options name.</summary>
    /// <param name="forVerdicts">Whether programs that can't run here are still to be judged.</param>
    public Bpf OpenBpf(bool forVerdicts = false) =>
        UsesKernel ? OpenKernel() : Bpf.Open(new BpfOptions { Store = Store, AllowUnrunnablePrograms = forVerdicts });

    /// <summary>Prints an answer as JSON, with the version of its form.</summary>
    public static void WriteJson(JsonObject answer)
    {
        answer.Insert(0, "version", 1);
        System.Console.Out.WriteLine(answer.ToJsonString(JsonStyle));
    }

    /// <summary>Prints a line.</summary>
    public static void WriteLine(string text) => System.Console.Out.WriteLine(text);

    /// <summary>On kernels that count maps against the limit of locked memory it is lifted, and that is said.</summary>
    private static Bpf OpenKernel()
    {
        Bpf bpf = Bpf.OpenKernel();
        if (bpf.RaiseMemlockLimit() is { } note)
            System.Console.Error.WriteLine($"holdfast: {note}");
        return bpf;
    }

    private static IAnsiConsole CreateConsole()
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(System.Console.Out) });
        // A pipe has no width; rows stay whole.
        if (System.Console.IsOutputRedirected)
            console.Profile.Width = 1000;
        return console;
    }
}
