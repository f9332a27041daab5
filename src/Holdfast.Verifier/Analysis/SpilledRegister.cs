namespace Holdfast.Verifier.Analysis;

/// <summary>A register in a stack slot, or a typed object's first half; shared between states, so it is never changed, only replaced.</summary>
internal sealed class SpilledRegister(in RegisterState state)
{
    private readonly RegisterState _state = state;

    public ref readonly RegisterState State => ref _state;
}
