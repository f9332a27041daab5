namespace Holdfast.Objects;

/// <summary>A function of the object.</summary>
/// <param name="Name">Name.</param>
/// <param name="Section">Section that it lies in.</param>
/// <param name="FirstSlot">First slot in that section.</param>
/// <param name="Count">Number of slots.</param>
internal sealed record FunctionCode(string Name, int Section, int FirstSlot, int Count);
