namespace Holdfast.Execution.Jit;

/// <summary>Consecutive blocks of a function that become one method.</summary>
/// <param name="FirstBlock">Index of the first.</param>
/// <param name="EndBlock">Index behind the last.</param>
internal readonly record struct Region(int FirstBlock, int EndBlock)
{
    public bool Contains(BasicBlock block) => block.Index >= FirstBlock && block.Index < EndBlock;
}
