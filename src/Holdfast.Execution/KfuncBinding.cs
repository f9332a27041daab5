namespace Holdfast.Execution;

/// <summary>The function that calls of one kfunc go to.</summary>
/// <param name="BtfId">The call's immediate.</param>
/// <param name="Offset">The call's offset field.</param>
/// <param name="Function">Pointer to a static method with the signature of <see cref="HelperTable"/>'s.</param>
public readonly record struct KfuncBinding(int BtfId, short Offset, nint Function);
