using System.Globalization;

namespace Holdfast.Objects;

/// <summary>One thing that is wrong with an object file.</summary>
/// <param name="Id">Stable number.</param>
/// <param name="Offset">Byte offset in the file at which the wrong thing stands; 0 if it has no place.</param>
/// <param name="Message">What is wrong, in one line.</param>
public sealed record ObjectDiagnostic(ObjectDiagnosticId Id, long Offset, string Message)
{
    /// <summary>The number as shown, such as <c>OBJ101</c>.</summary>
    public string Code => string.Create(CultureInfo.InvariantCulture, $"OBJ{(int)Id:D3}");

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Code} at byte {Offset}: {Message}");
}
