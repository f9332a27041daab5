namespace Holdfast.Storage.Memory;

/// <summary>A variable section of an object's file, behind the data.</summary>
/// <param name="Kind">What it holds.</param>
/// <param name="Checksum">CRC-32C of its bytes.</param>
/// <param name="Offset">Byte offset in the file.</param>
/// <param name="Length">Length in bytes.</param>
public readonly record struct ObjectSection(ObjectSectionKind Kind, uint Checksum, long Offset, long Length);
