using System.Diagnostics;
using System.Text;

namespace Holdfast.Cli.Formatting;

/// <summary>
/// Prints a tree line by line as its nodes come. Where lines go to a file or pipe and a terminal watches, it counts on the terminal
/// once in a while.
/// </summary>
internal sealed class TreeWriter : IDisposable
{
    private const int BufferLength = 1 << 16;

    private readonly StreamWriter _output = new(Console.OpenStandardOutput(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), BufferLength)
    {
        AutoFlush = !Console.IsOutputRedirected,
    };

    private readonly bool _showsProgress = Console.IsOutputRedirected && !Console.IsErrorRedirected;
    private readonly StringBuilder _indent = new();
    private long _lastProgress = Stopwatch.GetTimestamp();
    private int _count;
    private bool _progressShown;

    /// <summary>Levels below the root that are being printed.</summary>
    public int Depth => _indent.Length / 4;

    /// <summary>Prints the root.</summary>
    public void Root(string label) => _output.WriteLine(OneLine(label));

    /// <summary>Prints nodes of one parent, looking one ahead for which is the last.</summary>
    /// <param name="nodes">The nodes.</param>
    /// <param name="label">A node's line.</param>
    /// <param name="below">Prints what is below a node.</param>
    public void Children<T>(IEnumerable<T> nodes, Func<T, string> label, Action<T> below)
    {
        using IEnumerator<T> walk = nodes.GetEnumerator();
        for (bool more = walk.MoveNext(); more;)
        {
            T node = walk.Current;
            more = walk.MoveNext();
            _output.WriteLine($"{_indent}{(more ? "├── " : "└── ")}{OneLine(label(node))}");
            Progress();
            _indent.Append(more ? "│   " : "    ");
            below(node);
            _indent.Length -= 4;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _output.Dispose();
        if (_progressShown)
            Console.Error.Write("\r\u001b[K");
    }

    private void Progress()
    {
        _count++;
        if (!_showsProgress || Stopwatch.GetElapsedTime(_lastProgress) < TimeSpan.FromMilliseconds(200))
            return;
        _lastProgress = Stopwatch.GetTimestamp();
        _progressShown = true;
        Console.Error.Write($"\r{_count} names");
    }

    /// <summary>Names may hold anything: control characters would reach the terminal.</summary>
    private static string OneLine(string text) => text.Any(char.IsControl) ? string.Concat(text.Select(letter => char.IsControl(letter) ? '?' : letter)) : text;
}
