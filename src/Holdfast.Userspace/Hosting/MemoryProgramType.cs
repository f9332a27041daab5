using Holdfast.Isa.Abi;
using Holdfast.Verifier;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Userspace.Hosting;

/// <summary>A host's own program type: r1 points to plain memory of a fixed length, r2 is that length. Helper 5 gives its argument back and unwinds on 0.</summary>
internal sealed class MemoryProgramType(int length) : ProgramTypeDefinition
{
    /// <summary>The helper's number.</summary>
    public const HelperId UnwindHelper = (HelperId)5;

    private static readonly HelperPrototype Unwind = new()
    {
        Id = UnwindHelper,
        Name = "unwind_on_zero",
        Arguments = [new HelperArgument(ArgumentType.Anything)],
        Return = ReturnType.Integer,
    };

    /// <inheritdoc/>
    public override string Name => "memory";

    /// <inheritdoc/>
    public override ProgramType Type => ProgramType.SocketFilter;

    /// <inheritdoc/>
    public override ContextLayout? Context => null;

    /// <inheritdoc/>
    public override int? EntryMemorySize => length;

    /// <inheritdoc/>
    public override HelperPrototype? FindHelper(HelperId helper, VerificationRequest request) => helper == UnwindHelper ? Unwind : null;
}
