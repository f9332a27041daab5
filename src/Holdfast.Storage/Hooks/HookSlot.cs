namespace Holdfast.Storage.Hooks;

/// <summary>A place in a hook's list.</summary>
/// <param name="Link">Id of the link.</param>
/// <param name="Program">Id of the program that the link holds there.</param>
public readonly record struct HookSlot(uint Link, uint Program);
