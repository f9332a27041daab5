namespace Holdfast;

/// <summary>A program at work somewhere: a <see cref="BpfLink"/>, or where the kernel has no link for it, something that does the same.</summary>
public interface IBpfAttachment : IDisposable
{
    /// <summary>Puts another program in its place, without a gap.</summary>
    /// <param name="program">The new program.</param>
    void Update(BpfProgram program);

    /// <summary>Ends it, whoever else refers to it.</summary>
    void Detach();
}
