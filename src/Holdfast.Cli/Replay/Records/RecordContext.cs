using System.Text.Json;
using System.Text.Json.Serialization;

namespace Holdfast.Cli.Replay.Records;

/// <summary>How lines are read.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(RecordedProgram))]
[JsonSerializable(typeof(RecordedMember))]
[JsonSerializable(typeof(BtfBlobLine))]
internal sealed partial class RecordContext : JsonSerializerContext;
