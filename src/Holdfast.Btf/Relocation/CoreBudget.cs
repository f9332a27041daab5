namespace Holdfast.Btf.Relocation;

/// <summary>
/// Bounds the work of one relocation: anonymous members that share types can be walked along exponentially many ways.
/// Relocations against real kernels need some thousand steps.
/// </summary>
internal sealed class CoreBudget
{
    private const int Steps = 4_000_000;
    private int _left = Steps;

    /// <summary>Takes a step; false when there are none left.</summary>
    public bool Step() => --_left > 0;
}
