namespace Holdfast.Storage.FileSystem;

/// <summary>One creation that has been counted and goes on: nobody counts all objects before it ends.</summary>
/// <param name="Bytes">What was counted.</param>
/// <param name="Lock">Descriptor that holds the quotas' byte exclusively; −1 if it is held shared.</param>
internal sealed record QuotaHold(ulong Bytes, int Lock);
