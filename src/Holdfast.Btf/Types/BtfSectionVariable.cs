namespace Holdfast.Btf;

/// <summary>Where a variable lies in its section.</summary>
/// <param name="TypeId">Id of the <see cref="BtfVariable"/> (or extern <see cref="BtfFunction"/>).</param>
/// <param name="Offset">Offset in bytes; 0 in objects that no loader has completed.</param>
/// <param name="Size">Size in bytes.</param>
public readonly record struct BtfSectionVariable(uint TypeId, uint Offset, uint Size);
