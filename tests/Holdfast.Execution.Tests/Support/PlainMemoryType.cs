using Holdfast.Isa.Abi;
using Holdfast.Verifier;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Execution.Tests.Support;

/// <summary>A type whose programs get plain memory, as the conformance vectors want it.</summary>
internal sealed class PlainMemoryType(int length) : ProgramTypeDefinition
{
    public override string Name => "plain_memory";

    public override ProgramType Type => ProgramType.SocketFilter;

    public override ContextLayout? Context => null;

    public override int? EntryMemorySize => length;

    public override HelperPrototype? FindHelper(HelperId helper, VerificationRequest request) => null;
}
