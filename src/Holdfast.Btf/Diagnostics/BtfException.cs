namespace Holdfast.Btf;

/// <summary>Thrown by the readers that do not return diagnostics.</summary>
public sealed class BtfException : FormatException
{
    /// <summary>Creates an exception without diagnostics.</summary>
    public BtfException()
        : this([])
    {
    }

    /// <summary>Creates an exception without diagnostics.</summary>
    /// <param name="message">Message.</param>
    public BtfException(string message)
        : base(message) => Diagnostics = [];

    /// <summary>Creates an exception without diagnostics.</summary>
    /// <param name="message">Message.</param>
    /// <param name="innerException">Cause.</param>
    public BtfException(string message, Exception innerException)
        : base(message, innerException) => Diagnostics = [];

    /// <summary>Creates an exception from what a reader found.</summary>
    /// <param name="diagnostics">What is wrong.</param>
    public BtfException(IReadOnlyList<BtfDiagnostic> diagnostics)
        : base(diagnostics.Count == 0 ? "invalid BTF" : "invalid BTF: " + diagnostics[0]) => Diagnostics = diagnostics;

    /// <summary>What is wrong.</summary>
    public IReadOnlyList<BtfDiagnostic> Diagnostics { get; }
}
