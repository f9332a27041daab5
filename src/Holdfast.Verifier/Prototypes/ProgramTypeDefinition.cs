using Holdfast.Isa.Abi;

namespace Holdfast.Verifier.Prototypes;

/// <summary>The rules of a program type. Shipped types are in <see cref="ProgramTypes"/>; hosts may define their own.</summary>
public abstract class ProgramTypeDefinition
{
    /// <summary>bpftool's spelling, e.g. <c>sched_cls</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The number in bpf(2).</summary>
    public abstract ProgramType Type { get; }

    /// <summary>The context that r1 points to at entry; <see langword="null"/> if <see cref="EntryMemorySize"/> says what it is.</summary>
    public abstract ContextLayout? Context { get; }

    /// <summary>
    /// For types without a context: bytes of plain memory that r1 points to, with r2 its length as a constant; null if there is a context.
    /// </summary>
    public virtual int? EntryMemorySize => null;

    /// <summary>Finds a helper's prototype, if programs of this type may call it.</summary>
    /// <param name="helper">The helper.</param>
    /// <param name="request">The program being verified.</param>
    /// <returns>The prototype, or <see langword="null"/>.</returns>
    public abstract HelperPrototype? FindHelper(HelperId helper, VerificationRequest request);

    /// <summary>The range that r0 must be in at exit.</summary>
    /// <param name="request">The program being verified.</param>
    /// <returns>The inclusive range, or <see langword="null"/> if any value will do.</returns>
    public virtual ReturnRange? GetReturnRange(VerificationRequest request) => null;

    /// <summary>What may be done to packets through pointers.</summary>
    public virtual PacketAccess PacketAccess => PacketAccess.None;

    /// <summary>Whether packets may be written to directly.</summary>
    public bool AllowsPacketWrite => PacketAccess >= PacketAccess.ReadWrite;
}
