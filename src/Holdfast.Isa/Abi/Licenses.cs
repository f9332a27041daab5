namespace Holdfast.Isa.Abi;

/// <summary>Licence texts of programs (<c>license_is_gpl_compatible</c>).</summary>
public static class Licenses
{
    private static readonly HashSet<string> GplCompatible =
    [
        "GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL",
    ];

    /// <summary>Whether programs under this licence may call helpers that are for GPL-compatible programs only.</summary>
    /// <param name="license">The text, exactly as loaded.</param>
    /// <returns>Whether the kernel counts it as compatible.</returns>
    public static bool IsGplCompatible(string license) => GplCompatible.Contains(license);
}
