using Holdfast.Cli.Replay.Records;
using Holdfast.Isa.Abi;

namespace Holdfast.Cli.Replay;

/// <summary>What a verifier said of a program.</summary>
/// <param name="Accepted">Whether it accepts it.</param>
/// <param name="Error">The error of a rejection.</param>
/// <param name="Message">The cause of a rejection, in one line.</param>
internal sealed record Verdict(bool Accepted, Errno Error = Errno.None, string Message = "")
{
    /// <summary>The kernel's verdict as recorded.</summary>
    public static Verdict Of(RecordedProgram record) => record.Verdict == "accept"
        ? new(true)
        : new(false, Enum.TryParse(record.Errno, out Errno errno) ? errno : Errno.None, record.Reason ?? "");

    /// <summary>Whether another verdict rejects for the same class of reason; without a message the error number decides.</summary>
    public bool SameReason(Verdict other) => Message.Length == 0 || other.Message.Length == 0
        ? Error == other.Error
        : ReasonClass.Same(Message, other.Message);

    /// <inheritdoc/>
    public override string ToString() => Accepted ? "accept" : $"reject [{Error}] {Message}".TrimEnd();
}
