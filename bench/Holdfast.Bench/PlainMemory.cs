using Holdfast.Isa.Abi;
using Holdfast.Verifier;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Bench;

/// <summary>A program type whose programs get so many bytes of memory, and nothing else.</summary>
internal sealed class PlainMemory(int length) : ProgramTypeDefinition
{
    public override string Name => "plain_memory";

    public override ProgramType Type => ProgramType.Syscall;

    public override ContextLayout? Context => null;

    public override int? EntryMemorySize => length;

    public override HelperPrototype? FindHelper(HelperId helper, VerificationRequest request) => null;
}
