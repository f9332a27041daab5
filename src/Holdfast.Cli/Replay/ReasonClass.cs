using System.Text.RegularExpressions;

namespace Holdfast.Cli.Replay;

/// <summary>
/// Groups the verifier's messages by what they object to: two verifiers that walk the same program may object to it at different
/// places, but should do so for the same kind of fault.
/// </summary>
internal static partial class ReasonClass
{
    private static readonly (string Class, Regex Pattern)[] Classes =
    [
        ("context access", ContextAccess()),
        ("uninitialised", Uninitialised()),
        ("stack", Stack()),
        ("reference", Reference()),
        ("lock", Locking()),
        ("return value", ReturnValue()),
        ("call", Call()),
        ("argument", Argument()),
        ("memory access", MemoryAccess()),
        ("pointer arithmetic", PointerArithmetic()),
        ("control flow", ControlFlow()),
        ("complexity", Complexity()),
        ("encoding", Encoding()),
        ("types", Types()),
    ];

    /// <summary>Whether two messages object to the same kind of fault.</summary>
    /// <param name="first">A message.</param>
    /// <param name="second">Another.</param>
    /// <returns>Whether they do.</returns>
    public static bool Same(string first, string second) =>
        Template(first) == Template(second) || Of(first) is { } known && known == Of(second);

    /// <summary>The class of a message.</summary>
    /// <param name="message">The message.</param>
    /// <returns>The class, or null if it is none of the known ones.</returns>
    public static string? Of(string message)
    {
        foreach ((string name, Regex pattern) in Classes)
        {
            if (pattern.IsMatch(message))
                return name;
        }

        return null;
    }

    private static string Template(string message) => Numbers().Replace(message.Trim(), "N");

    [GeneratedRegex(@"-?(0x[0-9a-f]+|\d+)")]
    private static partial Regex Numbers();

    [GeneratedRegex("bpf_context access|modified ctx|access to context|ctx ptr")]
    private static partial Regex ContextAccess();

    [GeneratedRegex("!read_ok|read from stack|indirect read|uninit")]
    private static partial Regex Uninitialised();

    [GeneratedRegex("stack|frames? is too")]
    private static partial Regex Stack();

    [GeneratedRegex("[Uu]nreleased|[Rr]eference|release")]
    private static partial Regex Reference();

    [GeneratedRegex("lock|rcu|preempt|irq", RegexOptions.IgnoreCase)]
    private static partial Regex Locking();

    [GeneratedRegex("At program exit|At callback return|At async|R0 leaks|R0 not a|R0 is not")]
    private static partial Regex ReturnValue();

    [GeneratedRegex("unknown func|cannot use helper|helper call|calling kernel function|kfunc|cannot call|not allowed to call|GPL-restricted|cannot pass map_type|tail_call")]
    private static partial Regex Call();

    [GeneratedRegex(@"type=.*expected|arg#|arg \d|args?#?\d|expects|expected pointer|must be|[Pp]ossibly NULL|should have been|is not a known constant")]
    private static partial Regex Argument();

    [GeneratedRegex("invalid mem access|invalid access to|unbounded memory|outside of the|misaligned|access beyond|cannot access|min value is|max value is|cannot write|only read is|write into")]
    private static partial Regex MemoryAccess();

    [GeneratedRegex("pointer arithmetic|math between|prohibited|pointer comparison|pointer operation|partial copy|leaks? addr|pointer offset|pointer subtraction")]
    private static partial Regex PointerArithmetic();

    [GeneratedRegex("back-edge|infinite loop|unreachable|jump out of range|jump into|last insn|recursive|not the last|cannot jump|subprog")]
    private static partial Regex ControlFlow();

    [GeneratedRegex("too large|too complex|too many|sequence of")]
    private static partial Regex Complexity();

    [GeneratedRegex("opcode|reserved field|invalid BPF_|invalid shift|invalid imm|unrecognized|div by zero|is invalid", RegexOptions.IgnoreCase)]
    private static partial Regex Encoding();

    [GeneratedRegex("func_info|line_info|btf|struct |func '", RegexOptions.IgnoreCase)]
    private static partial Regex Types();
}
