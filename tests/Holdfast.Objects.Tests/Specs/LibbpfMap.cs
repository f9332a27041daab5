namespace Holdfast.Objects.Tests.Specs;

/// <summary>What libbpf makes of a map.</summary>
internal sealed record LibbpfMap(
    string Name, uint Type, uint KeySize, uint ValueSize, uint MaxEntries, uint Flags, ulong Extra, uint KeyTypeId, uint ValueTypeId);
