using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Storage;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Memory;

namespace Holdfast.Userspace.Programs;

/// <summary>
/// A program as its object file keeps it: private copies of everything the verifier and the compiler look at. Instructions name
/// maps by index into <see cref="MapIds"/>, since descriptors mean nothing to the next process.
/// </summary>
internal sealed record ProgramImage
{
    /// <summary>The scalar attributes.</summary>
    public required ProgramObjectAttributes Attributes { get; init; }

    /// <summary>Program name.</summary>
    public required string Name { get; init; }

    /// <summary>Licence text.</summary>
    public required byte[] License { get; init; }

    /// <summary>Instructions; <c>lddw</c> of maps carry an index into <see cref="MapIds"/>.</summary>
    public required ImmutableArray<Instruction> Instructions { get; init; }

    /// <summary>Ids of the maps that the program refers to.</summary>
    public required ImmutableArray<uint> MapIds { get; init; }

    /// <summary>Raw func_info table.</summary>
    public byte[] FunctionInfo { get; init; } = [];

    /// <summary>Raw line_info table.</summary>
    public byte[] LineInfo { get; init; } = [];

    /// <summary>The sections to store.</summary>
    public IReadOnlyList<(ObjectSectionKind Kind, ReadOnlyMemory<byte> Bytes)> Sections() =>
    [
        (ObjectSectionKind.Instructions, MemoryMarshal.AsBytes(Instructions.AsSpan()).ToArray()),
        (ObjectSectionKind.MapIds, MemoryMarshal.AsBytes(MapIds.AsSpan()).ToArray()),
        (ObjectSectionKind.License, License),
        (ObjectSectionKind.FunctionInfo, FunctionInfo),
        (ObjectSectionKind.LineInfo, LineInfo),
    ];

    /// <summary>Reads an image back. Nothing in it is trusted: it goes through the verifier like any other.</summary>
    public static bool TryRead(ObjectFile file, [NotNullWhen(true)] out ProgramImage? image, [NotNullWhen(false)] out StorageError? error)
    {
        image = null;
        if (!file.TryReadSection(ObjectSectionKind.Instructions, out byte[]? code, out error)
            || !file.TryReadSection(ObjectSectionKind.MapIds, out byte[]? maps, out error)
            || !file.TryReadSection(ObjectSectionKind.License, out byte[]? license, out error)
            || !file.TryReadSection(ObjectSectionKind.FunctionInfo, out byte[]? functions, out error)
            || !file.TryReadSection(ObjectSectionKind.LineInfo, out byte[]? lines, out error))
        {
            return false;
        }

        image = new ProgramImage
        {
            Attributes = file.Header.ReadAttributes<ProgramObjectAttributes>(),
            Name = file.Header.Name.ToString(),
            License = license,
            Instructions = [.. MemoryMarshal.Cast<byte, Instruction>(code)],
            MapIds = [.. MemoryMarshal.Cast<byte, uint>(maps)],
            FunctionInfo = functions,
            LineInfo = lines,
        };
        return true;
    }
}
