namespace Holdfast.Objects;

/// <summary>An object file can't be read.</summary>
public sealed class ObjectFormatException : FormatException
{
    /// <summary>Creates an exception.</summary>
    public ObjectFormatException()
        : this("the object file can't be read")
    {
    }

    /// <summary>Creates an exception.</summary>
    /// <param name="message">One line.</param>
    public ObjectFormatException(string message)
        : base(message)
    {
        Diagnostics = [];
    }

    /// <summary>Creates an exception.</summary>
    /// <param name="message">One line.</param>
    /// <param name="innerException">What led to it.</param>
    public ObjectFormatException(string message, Exception innerException)
        : base(message, innerException)
    {
        Diagnostics = [];
    }

    /// <summary>Creates an exception.</summary>
    /// <param name="name">The object's name or path.</param>
    /// <param name="diagnostics">What is wrong; at least one.</param>
    public ObjectFormatException(string name, IReadOnlyList<ObjectDiagnostic> diagnostics)
        : base(diagnostics is [var first, ..] ? $"{name}: {first}" : name)
    {
        Diagnostics = diagnostics;
    }

    /// <summary>What is wrong.</summary>
    public IReadOnlyList<ObjectDiagnostic> Diagnostics { get; }
}
