using Holdfast.Isa.Abi;

namespace Holdfast;

/// <summary>A command of bpf(2) failed: the message names the thing, the cause and, where one is known, the remedy.</summary>
public class BpfException : Exception
{
    /// <summary>Creates an exception.</summary>
    /// <param name="errno">The error number.</param>
    /// <param name="message">One line.</param>
    public BpfException(Errno errno, string message)
        : base(message)
    {
        Errno = errno;
    }

    /// <summary>Creates an exception.</summary>
    public BpfException()
        : this(Errno.None, "A command of bpf(2) failed.")
    {
    }

    /// <summary>Creates an exception.</summary>
    /// <param name="message">One line.</param>
    public BpfException(string message)
        : this(Errno.None, message)
    {
    }

    /// <summary>Creates an exception.</summary>
    /// <param name="message">One line.</param>
    /// <param name="innerException">What led to it.</param>
    public BpfException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The error number that bpf(2) answered.</summary>
    public Errno Errno { get; }
}
