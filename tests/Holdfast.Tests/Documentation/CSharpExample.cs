using System.Diagnostics;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;

namespace Holdfast.Tests.Documentation;

/// <summary>A C# block of a document: a whole program, compiled against the assemblies built here and run as a process of its own.</summary>
/// <param name="Document">The document's path in the repository.</param>
/// <param name="Line">Where the block's first line is.</param>
/// <param name="Code">The program.</param>
/// <param name="Output">What the <c>text</c> block right behind it says that it prints; null if there is none.</param>
internal sealed record CSharpExample(string Document, int Line, string Code, string? Output)
{
    /// <summary>What a console project imports without saying so (<c>ImplicitUsings</c>).</summary>
    private const string ImplicitUsings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;" +
        "global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;";

    private const string RuntimeConfiguration =
        """{ "runtimeOptions": { "tfm": "net10.0", "framework": { "name": "Microsoft.NETCore.App", "version": "10.0.0" } } }""";

    /// <summary>All of a document's.</summary>
    public static IEnumerable<CSharpExample> In(string root, string document)
    {
        string[] lines = File.ReadAllLines(Path.Combine(root, document));
        for (int at = 0; at < lines.Length; at++)
        {
            if (lines[at] != "```csharp")
                continue;
            int start = at + 1;
            string code = Block(lines, ref at);
            int next = Array.FindIndex(lines, at + 1, line => line.Length > 0);
            string? output = next >= 0 && lines[next] == "```text" ? Block(lines, ref next) : null;
            yield return new(document, start + 1, code, output);
        }
    }

    /// <summary>Compiles into a folder, beside what it needs there.</summary>
    /// <returns>The compiler's errors and warnings, with the document's lines.</returns>
    public IReadOnlyList<string> Compile(string folder)
    {
        SyntaxTree tree = CSharpSyntaxTree.ParseText($"#line {Line} \"{Document}\"\n{Code}", path: Document);
        string[] platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        CSharpCompilation compilation = CSharpCompilation.Create(
            "example",
            [CSharpSyntaxTree.ParseText(ImplicitUsings), tree],
            platform.Select(path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        EmitResult result = compilation.Emit(Path.Combine(folder, "example.dll"));
        File.WriteAllText(Path.Combine(folder, "example.runtimeconfig.json"), RuntimeConfiguration);
        foreach (string path in platform.Where(path => Path.GetFileName(path).StartsWith("Holdfast", StringComparison.Ordinal) || path.EndsWith("Tmds.LibC.dll", StringComparison.Ordinal)))
            File.Copy(path, Path.Combine(folder, Path.GetFileName(path)), overwrite: true);
        return [.. result.Diagnostics.Where(found => found.Severity >= DiagnosticSeverity.Warning).Select(found => found.ToString())];
    }

    /// <summary>Runs what <see cref="Compile"/> made, in the repository, as a reader would.</summary>
    public static (int Exit, string Output, string Error) Run(string folder, string root, string store)
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(folder, "example.dll")])
        {
            WorkingDirectory = root,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["HOLDFAST_STORE"] = store;
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result.Trim());
    }

    private static string Block(string[] lines, ref int at)
    {
        int end = Array.IndexOf(lines, "```", at + 1);
        Assert.True(end > at, "a fenced block doesn't end");
        string text = string.Concat(lines[(at + 1)..end].Select(line => line + "\n"));
        at = end;
        return text;
    }
}
