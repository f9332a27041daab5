using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Storage.FileSystem;
using Holdfast.Userspace.Maps;
using Holdfast.Verifier;

namespace Holdfast.Userspace.Programs;

/// <summary>A program that some process stored. What is stored is not trusted: it is verified here before it can run here.</summary>
internal sealed class StoredProgram(EngineState engine, ObjectFile file)
{
    /// <summary>Opens the program's maps and verifies it.</summary>
    public bool TryVerify(
        [NotNullWhen(true)] out VerifiedProgram? verified, out ImmutableArray<MapInstance> maps, [NotNullWhen(false)] out StorageError? error)
    {
        verified = null;
        maps = [];
        if (!file.IsOf(engine.Store))
        {
            error = new StorageError(
                Errno.EXDEV, $"program {file.Key.Id} belongs to another store than {engine.Store.Path}, where its maps are not; open that store with --store, and make it visible here if it isn't");
            return false;
        }

        if (!ProgramImage.TryRead(file, out ProgramImage? image, out error) || !TryOpenMaps(image, out maps, out error))
            return false;

        MapDescription[] descriptions = [.. maps.Select(map => map.Describe())];
        MapDescription? Resolve(int index) => (uint)index < (uint)descriptions.Length ? descriptions[index] : null;
        if (!engine.Requests.TryBuild(image, Resolve, VerifierLogOptions.None, out VerificationRequest? request, out error))
            return Drop(maps);

        VerificationResult result = ProgramVerifier.Verify(request);
        verified = result.Program;
        if (verified is not null)
            return true;
        error = new StorageError(
            result.Report.Error, $"stored program {file.Key.Id} was rejected here, though another process stored it: {result.Report.Reason}");
        return Drop(maps);
    }

    private bool TryOpenMaps(ProgramImage image, out ImmutableArray<MapInstance> maps, [NotNullWhen(false)] out StorageError? error)
    {
        var opened = ImmutableArray.CreateBuilder<MapInstance>(image.MapIds.Length);
        maps = [];
        error = null;
        foreach (uint id in image.MapIds)
        {
            if (!engine.Maps.TryShareById(id, out MapInstance? map, out error))
            {
                error = error with { Message = $"program {file.Key.Id} uses map {id}: {error.Message}; is its store visible here?" };
                return Drop(opened.ToImmutable());
            }

            opened.Add(map);
        }

        maps = opened.MoveToImmutable();
        return true;
    }

    private static bool Drop(ImmutableArray<MapInstance> maps)
    {
        foreach (MapInstance map in maps)
            map.RemoveUser();
        return false;
    }
}
