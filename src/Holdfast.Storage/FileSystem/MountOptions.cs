namespace Holdfast.Storage.FileSystem;

/// <summary>Options of a bpffs directory.</summary>
/// <param name="User">Owner of the root directory (<c>uid=</c>); null leaves it.</param>
/// <param name="Group">Group of the root directory (<c>gid=</c>); null leaves it.</param>
/// <param name="Mode">Permission bits of the root directory (<c>mode=</c>), octal 700 by default.</param>
public sealed record MountOptions(uint? User = null, uint? Group = null, uint Mode = MountOptions.DefaultMode)
{
    /// <summary>Octal 700.</summary>
    public const uint DefaultMode = 0x1C0;
}
