using Holdfast.Isa.Abi;

namespace Holdfast.Storage.Hooks;

/// <summary>Says where in a hook's list a new link goes.</summary>
/// <param name="list">The list as it is.</param>
/// <param name="revision">Its revision.</param>
/// <param name="index">Where to put it: 0 for the beginning.</param>
/// <returns><see cref="Errno.None"/>, or why it can't be there.</returns>
public delegate Errno HookPlacement(IReadOnlyList<HookSlot> list, ulong revision, out int index);
