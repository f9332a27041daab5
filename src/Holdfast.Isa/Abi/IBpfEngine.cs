namespace Holdfast.Isa.Abi;

/// <summary>
/// The narrow waist: bpf(2) as both engines speak it. Attributes have the kernel's layout and hold raw addresses,
/// results are the system call's.
/// </summary>
public interface IBpfEngine : IDisposable
{
    /// <summary>The engine's name as the command line spells it: <c>user</c> or <c>kernel</c>.</summary>
    string Name { get; }

    /// <summary>Carries out one command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="attribute">
    /// The attribute, in the kernel's layout. Non-zero bytes past the command's last field are <see cref="Errno.EINVAL"/>;
    /// an attribute longer than the engine knows must be zero there, else <see cref="Errno.E2BIG"/>. Output fields are written back.
    /// </param>
    /// <returns>A descriptor or zero; on failure the negated <see cref="Errno"/>.</returns>
    int Invoke(BpfCommand command, Span<byte> attribute);

    /// <summary>Closes a descriptor that <see cref="Invoke"/> returned; the object goes with its last reference.</summary>
    /// <param name="descriptor">The descriptor.</param>
    /// <returns>Zero, or the negated <see cref="Errno"/>.</returns>
    int Close(int descriptor);

    /// <summary>Tells what a descriptor refers to.</summary>
    /// <param name="descriptor">Any descriptor of the process.</param>
    /// <returns>The kind, or <see cref="ObjectKind.None"/>.</returns>
    ObjectKind KindOf(int descriptor);

    /// <summary>The directory that names without a path are pinned in: the mounted file system of pins.</summary>
    string DefaultMount { get; }

    /// <summary>
    /// Cause and remedy, in one line, of the calling thread's last command that failed; <see langword="null"/> if the engine
    /// knows no more than the error number.
    /// </summary>
    string? LastFailure { get; }
}
