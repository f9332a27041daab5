using Holdfast.Isa.Abi;

namespace Holdfast.Verifier.Prototypes;

/// <summary>A program type of Linux, as data.</summary>
internal sealed class KernelProgramType(ProgramType type, string name, ContextLayout context, HelperTable helpers) : ProgramTypeDefinition
{
    public override string Name => name;

    public override ProgramType Type => type;

    public override ContextLayout? Context => context;

    /// <summary>Direct packet access.</summary>
    public PacketAccess Packets { get; init; }

    public override PacketAccess PacketAccess => Packets;

    /// <summary>Range of r0 at exit, by attach type.</summary>
    public Func<VerificationRequest, ReturnRange?>? Returns { get; init; }

    /// <summary>Whether a helper of the table may be called under the request's attach type and flags.</summary>
    public Func<HelperId, VerificationRequest, bool>? Offers { get; init; }

    /// <summary>Another row for a helper under the request's attach type, or <see langword="null"/> for the table's.</summary>
    public Func<HelperId, VerificationRequest, HelperPrototype?>? Instead { get; init; }

    public override HelperPrototype? FindHelper(HelperId helper, VerificationRequest request) =>
        Offers is null || Offers(helper, request)
            ? Instead?.Invoke(helper, request) ?? helpers.Find(helper, request.Policy.Unprivileged)
            : null;

    public override ReturnRange? GetReturnRange(VerificationRequest request) => Returns?.Invoke(request);
}
