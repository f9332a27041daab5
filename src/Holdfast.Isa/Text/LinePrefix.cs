using System.Globalization;
using System.Text.RegularExpressions;

namespace Holdfast.Isa.Text;

/// <summary>What listings put in front of an instruction: <c>12:</c>, <c>(b7)</c>, or its 8 bytes.</summary>
/// <param name="Length">How many characters to skip.</param>
/// <param name="Opcode">The opcode that the text must have.</param>
internal readonly partial record struct LinePrefix(int Length, byte? Opcode)
{
    public static LinePrefix Of(string line)
    {
        Match match = Shape().Match(line);
        if (!match.Success)
        {
            return default;
        }

        Group opcode = match.Groups["opcode"];
        return new(match.Length, opcode.Success ? byte.Parse(opcode.Value, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) : null);
    }

    [GeneratedRegex(@"^\s*(?:[0-9]+:\s+(?:(?<opcode>[0-9a-f]{2})(?: [0-9a-f]{2}){7}(?:\s+|$))?)?(?:\((?<opcode>[0-9a-f]{2})\)\s)?",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Shape();
}
