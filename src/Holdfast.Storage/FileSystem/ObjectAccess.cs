namespace Holdfast.Storage.FileSystem;

/// <summary>What a descriptor may do with its object; held by the open file description itself, so it travels with the descriptor.</summary>
public enum ObjectAccess
{
    /// <summary>Read and write.</summary>
    ReadWrite,

    /// <summary><c>BPF_F_RDONLY</c>: opened <c>O_RDONLY</c>, enforced by the operating system.</summary>
    ReadOnly,

    /// <summary><c>BPF_F_WRONLY</c>: needs read permission as well, since a mapping does; marked by <c>O_DSYNC</c> and enforced by the engine.</summary>
    WriteOnly,
}
