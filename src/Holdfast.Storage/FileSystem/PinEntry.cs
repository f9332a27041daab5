using Holdfast.Isa.Abi;
namespace Holdfast.Storage.FileSystem;

/// <summary>What a directory of pins holds under one name.</summary>
/// <param name="Name">The name; bytes that aren't UTF-8 show as replacement characters.</param>
/// <param name="Type">What it is.</param>
/// <param name="Kind">The object's kind; <see cref="ObjectKind.None"/> if it is no object or can't be read.</param>
/// <param name="Id">The object's id in its store; 0 if it is no object or can't be read.</param>
/// <param name="ObjectName">The object's own name.</param>
/// <param name="Mode">Permission bits.</param>
/// <param name="User">Owner.</param>
/// <param name="Group">Group.</param>
/// <param name="Links">Names of the file: the store's own, references and pins.</param>
/// <param name="AllocatedBytes">Bytes that the file takes.</param>
/// <param name="StoreId">The store that the object belongs to.</param>
public sealed record PinEntry(
    string Name,
    PinnedNameType Type,
    ObjectKind Kind,
    uint Id,
    string ObjectName,
    uint Mode,
    uint User,
    uint Group,
    ulong Links,
    long AllocatedBytes,
    Guid StoreId);
