using Holdfast.Isa.Abi;

namespace Holdfast.Cli.Features;

/// <summary>One engine's answers; once it refuses to be asked, it isn't asked again.</summary>
internal sealed class EngineFeatures(BpfFeatures features)
{
    /// <summary>Why the engine can't be asked, or null.</summary>
    public string? Refusal { get; private set; }

    /// <summary>Asks for a map type; null: unknown.</summary>
    public bool? Has(MapType type) => Ask(() => features.Supports(type));

    /// <summary>Asks for a program type; null: unknown.</summary>
    public bool? Has(ProgramType type) => Ask(() => features.Supports(type));

    /// <summary>Asks for a helper; null: unknown.</summary>
    public bool? Has(ProgramType type, HelperId helper) => Ask(() => features.Supports(type, helper));

    private bool? Ask(Func<bool?> question)
    {
        if (Refusal is not null)
            return null;
        try
        {
            return question();
        }
        catch (BpfException failure) when (failure.Errno is Errno.EPERM or Errno.ENOSYS)
        {
            Refusal = failure.Message;
            return null;
        }
    }
}
