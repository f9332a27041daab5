namespace Holdfast.Isa.Instructions;

/// <summary>What one field may hold.</summary>
/// <param name="Use">Its use.</param>
/// <param name="Value">The only value, where <see cref="FieldUse.Fixed"/>.</param>
public readonly record struct FieldRule(FieldUse Use, int Value = 0)
{
    /// <summary>The field isn't used and must be zero.</summary>
    public static FieldRule Zero => default;

    /// <summary>The field must hold this value.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The rule.</returns>
    public static FieldRule Only(int value) => new(FieldUse.Fixed, value);

    /// <summary>A use is a rule without further limits.</summary>
    /// <param name="use">The use.</param>
    public static implicit operator FieldRule(FieldUse use) => FromFieldUse(use);

    /// <summary>A use as a rule without further limits.</summary>
    /// <param name="use">The use.</param>
    /// <returns>The rule.</returns>
    public static FieldRule FromFieldUse(FieldUse use) => new(use);

    /// <summary>Whether the field may hold a value. Registers aren't limited to those that exist here.</summary>
    /// <param name="field">The field.</param>
    /// <returns>Whether it fits.</returns>
    public bool Allows(int field) => Use != FieldUse.Fixed || field == Value;
}
