namespace Holdfast.Cli.Replay.Records;

/// <summary>The kernel type that a program is attached to.</summary>
/// <param name="Id">Its id in the recording kernel's BTF.</param>
/// <param name="Name">Its name.</param>
internal sealed record RecordedAttachTarget(uint Id, string? Name);
