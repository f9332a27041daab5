using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Holdfast.Isa.Abi;

/// <summary>
/// Helpers' names as the kernel writes them. They follow from the members of <see cref="HelperId"/>: <c>L3CsumReplace</c> is
/// <c>bpf_l3_csum_replace</c>; a test holds each against the kernel symbol in its documentation.
/// </summary>
public static class HelperNames
{
    private static readonly FrozenDictionary<HelperId, string> ById =
        Enum.GetValues<HelperId>().ToFrozenDictionary(id => id, id => Spell(id.ToString()));

    private static readonly FrozenDictionary<string, HelperId> ByName =
        ById.ToFrozenDictionary(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);

    /// <summary>A helper's name.</summary>
    /// <param name="helper">The helper's number.</param>
    /// <returns>The name, or <c>unknown</c>.</returns>
    public static string Of(HelperId helper) => ById.GetValueOrDefault(helper, "unknown");

    /// <summary>Finds a helper by name.</summary>
    /// <param name="name">The kernel's spelling, <c>bpf_map_lookup_elem</c>.</param>
    /// <param name="helper">The helper.</param>
    /// <returns>Whether there is one.</returns>
    public static bool TryParse(string name, [MaybeNullWhen(false)] out HelperId helper) => ByName.TryGetValue(name, out helper);

    private static string Spell(string member)
    {
        StringBuilder text = new("bpf");
        foreach (char letter in member)
        {
            if (char.IsUpper(letter))
            {
                text.Append('_');
            }

            text.Append(char.ToLowerInvariant(letter));
        }

        return text.ToString();
    }
}
