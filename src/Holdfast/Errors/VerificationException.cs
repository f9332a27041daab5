using Holdfast.Isa.Abi;
using Holdfast.Verifier;

namespace Holdfast;

/// <summary>The verifier rejected a program.</summary>
public sealed class VerificationException : BpfException
{
    /// <summary>Creates an exception.</summary>
    /// <param name="program">The program's name.</param>
    /// <param name="report">What the verifier found.</param>
    public VerificationException(string program, VerificationReport report)
        : base(report.Error, Describe(program, report))
    {
        Program = program;
        Report = report;
    }

    /// <summary>Creates an exception.</summary>
    public VerificationException()
        : this("", new VerificationReport { Accepted = false, Error = Errno.EINVAL })
    {
    }

    /// <summary>Creates an exception.</summary>
    /// <param name="message">One line.</param>
    public VerificationException(string message)
        : this("", new VerificationReport { Accepted = false, Error = Errno.EINVAL, Reason = message })
    {
    }

    /// <summary>Creates an exception.</summary>
    /// <param name="message">One line.</param>
    /// <param name="innerException">What led to it.</param>
    public VerificationException(string message, Exception innerException)
        : base(message, innerException)
    {
        Program = "";
        Report = new VerificationReport { Accepted = false, Error = Errno.EINVAL, Reason = message };
    }

    /// <summary>The program's name.</summary>
    public string Program { get; }

    /// <summary>Cause, log, failing instruction and source line.</summary>
    public VerificationReport Report { get; }

    private static string Describe(string program, VerificationReport report)
    {
        string place = report.Source is { } source ? $" ({source.File}:{source.Line}: {source.Text.Trim()})" : "";
        string instruction = report.InstructionIndex >= 0 ? $" at instruction {report.InstructionIndex}" : "";
        return $"{program}: rejected{instruction}: {report.Reason}{place}";
    }
}
