namespace Holdfast.Isa.Text;

/// <summary>Numbers of <see cref="AssemblyDiagnostic"/>.</summary>
public static class AssemblyDiagnosticIds
{
    /// <summary>A character that begins nothing, or a number over 64 bits.</summary>
    public const string BadToken = "ASM001";

    /// <summary>No instruction begins like this.</summary>
    public const string UnknownInstruction = "ASM002";

    /// <summary>An instruction begins like this, but doesn't go on like that.</summary>
    public const string UnexpectedToken = "ASM003";

    /// <summary>A number that the field can't hold.</summary>
    public const string OutOfRange = "ASM004";

    /// <summary>A label defined twice.</summary>
    public const string DuplicateLabel = "ASM005";

    /// <summary>A label that isn't defined.</summary>
    public const string UnknownLabel = "ASM006";

    /// <summary>A jump farther than its field can hold.</summary>
    public const string TooFar = "ASM007";

    /// <summary>A helper that doesn't exist, or name and number of different helpers.</summary>
    public const string UnknownHelper = "ASM008";

    /// <summary>The opcode or bytes in front of the text are another instruction's.</summary>
    public const string Contradiction = "ASM009";

    /// <summary>The same field was given two values (<c>r1 = -r2</c>).</summary>
    public const string FieldConflict = "ASM010";
}
