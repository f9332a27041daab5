using Holdfast.Verifier;

namespace Holdfast;

/// <summary>The live programs of an object while it is loaded.</summary>
internal sealed class LoadedPrograms : IDisposable
{
    public Dictionary<string, BpfProgram> ByName { get; } = [];

    public Dictionary<string, VerificationReport> Reports { get; } = [];

    public List<VerificationException> Rejections { get; } = [];

    public void Dispose()
    {
        foreach (BpfProgram program in ByName.Values)
            program.Dispose();
    }
}
