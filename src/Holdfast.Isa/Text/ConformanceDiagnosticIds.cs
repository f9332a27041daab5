namespace Holdfast.Isa.Text;

/// <summary>Numbers of the diagnostics of <see cref="ConformanceCase"/>; those of its assembly are <see cref="AssemblyDiagnosticIds"/>.</summary>
public static class ConformanceDiagnosticIds
{
    /// <summary>No instructions.</summary>
    public const string NoProgram = "CNF001";

    /// <summary>Neither a result nor an error is expected.</summary>
    public const string NoResult = "CNF002";

    /// <summary>A number that isn't one, or doesn't fit.</summary>
    public const string BadNumber = "CNF003";
}
