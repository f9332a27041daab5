namespace Holdfast.Isa.Abi;

/// <summary>
/// An engine whose file systems of pins can be mounted and walked. Results are zero or a negated <see cref="Errno"/> with its cause in
/// <see cref="IBpfEngine.LastFailure"/>.
/// </summary>
public interface IPinFileSystem
{
    /// <summary>The mounted file systems of pins that the caller can see.</summary>
    IReadOnlyList<BpffsMount> Mounts { get; }

    /// <summary>Mounts a new, empty file system of pins over a directory.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="options">Owner, mode, delegation.</param>
    /// <returns>Zero.</returns>
    int Mount(string directory, BpffsOptions options);

    /// <summary>Changes the options of a mounted file system of pins; what isn't given stays.</summary>
    /// <param name="directory">Where it is mounted.</param>
    /// <param name="options">The new options.</param>
    /// <returns>Zero.</returns>
    int Remount(string directory, BpffsOptions options);

    /// <summary>Unmounts a file system of pins; its names are gone with it.</summary>
    /// <param name="directory">Where it is mounted.</param>
    /// <param name="lazy">Whether it goes even while processes work in it; else that is <c>EBUSY</c>.</param>
    /// <returns>Zero.</returns>
    int Unmount(string directory, bool lazy);

    /// <summary>The magic number of the file system that a path is on, as statfs(2) tells it; <c>0xcafe4a11</c> in a mounted file system of pins.</summary>
    /// <param name="path">Any path that exists.</param>
    /// <param name="magic">The number.</param>
    /// <returns>Zero.</returns>
    int FileSystemMagic(string path, out uint magic);

    /// <summary>Lists a directory of pins; no reference to an object is kept.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="names">What is in it, one by one.</param>
    /// <returns>Zero.</returns>
    int TryList(string directory, out IEnumerable<PinnedName> names);

    /// <summary>Removes a pin.</summary>
    /// <param name="path">The pin.</param>
    /// <returns>Zero.</returns>
    int Unpin(string path);

    /// <summary>Gives an object a name in place of what has it now, in one step; the name need not exist.</summary>
    /// <param name="descriptor">The object.</param>
    /// <param name="path">The name.</param>
    /// <returns>Zero.</returns>
    int Replace(int descriptor, string path);

    /// <summary>Exchanges what two names stand for, in one step: two pins, or two directories of pins.</summary>
    /// <param name="path">One name.</param>
    /// <param name="other">The other.</param>
    /// <returns>Zero.</returns>
    int Exchange(string path, string other);
}
