namespace Holdfast.Storage.Backup;

/// <summary>What a backup holds.</summary>
/// <param name="Path">Its directory.</param>
/// <param name="StoreId">Its identity: not that of the store that it was made from.</param>
/// <param name="Maps">Maps in it.</param>
/// <param name="Programs">Programs in it.</param>
/// <param name="Entries">Entries of all maps.</param>
/// <param name="Pins">Names of objects.</param>
/// <param name="LeftOut">Files among the pins that are no objects of the store.</param>
public sealed record BackupReport(string Path, Guid StoreId, int Maps, int Programs, long Entries, int Pins, int LeftOut);
