namespace Holdfast.Verifier;

/// <summary>An engine that keeps the verifier's report as a value, beside the log text that bpf(2) carries.</summary>
public interface IVerificationReporter
{
    /// <summary>The report of the calling thread's last BPF_PROG_LOAD; <see langword="null"/> if it never came to verification.</summary>
    VerificationReport? LastReport { get; }
}
