namespace Holdfast.Cli.Replay.Records;

/// <summary>A line of <c>btf.jsonl.br</c>.</summary>
/// <param name="Sha">The name that programs and maps use.</param>
/// <param name="Hex">The blob.</param>
internal sealed record BtfBlobLine(string Sha, string Hex);
