using System.Globalization;
using System.Text.RegularExpressions;

namespace Holdfast.Btf.Tests.Relocation;

/// <summary>What libbpf says of one relocation in its debug log.</summary>
internal sealed partial record LibbpfLog(int Number)
{
    public string Local { get; private set; } = "";

    public string Target { get; private set; } = "";

    public bool Poisoned { get; private set; }

    public int Instruction { get; private set; } = -1;

    public ulong LocalValue { get; private set; }

    public ulong TargetValue { get; private set; }

    public static IReadOnlyList<LibbpfLog> Parse(IEnumerable<string> lines)
    {
        var found = new SortedDictionary<int, LibbpfLog>();
        foreach (string line in lines)
        {
            Match match = RelocationLine().Match(line);
            if (match.Success)
            {
                int number = int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
                if (!found.TryGetValue(number, out LibbpfLog? log))
                {
                    found.Add(number, log = new LibbpfLog(number));
                }

                log.Read(match.Groups[2].Value);
            }
        }

        return [.. found.Values];
    }

    private void Read(string text)
    {
        if (text.StartsWith("matching candidate #0", StringComparison.Ordinal))
        {
            Target = text[(text.IndexOf('>') + 2)..];
        }
        else if (text.StartsWith('<'))
        {
            Local = text[(text.IndexOf('>') + 2)..];
        }
        else if (PatchedLine().Match(text) is { Success: true } patched)
        {
            Instruction = int.Parse(patched.Groups[1].Value, CultureInfo.InvariantCulture);
            LocalValue = ulong.Parse(patched.Groups[2].Value, CultureInfo.InvariantCulture);
            TargetValue = ulong.Parse(patched.Groups[3].Value, CultureInfo.InvariantCulture);
        }
        else if (PoisonLine().Match(text) is { Success: true } poisoned)
        {
            Instruction = int.Parse(poisoned.Groups[1].Value, CultureInfo.InvariantCulture);
            Poisoned = true;
        }
    }

    [GeneratedRegex(@"relo #(\d+): (.*)$")]
    private static partial Regex RelocationLine();

    [GeneratedRegex(@"^patched insn #(\d+) \(\S+\) (?:imm|imm64|off) (\d+) -> (\d+)")]
    private static partial Regex PatchedLine();

    [GeneratedRegex(@"^substituting insn #(\d+)")]
    private static partial Regex PoisonLine();
}
