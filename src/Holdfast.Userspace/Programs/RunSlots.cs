using Holdfast.Execution;
using Holdfast.Storage.Memory;

namespace Holdfast.Userspace.Programs;

/// <summary>A store's execution slots, as runs of one linked program take them.</summary>
internal sealed class RunSlots(ExecutionSlots slots) : SlotSource
{
    /// <inheritdoc/>
    public override int Enter() => slots.Enter();

    /// <inheritdoc/>
    public override void Exit() => slots.Exit();

    /// <summary>The program goes, with its share of the slots.</summary>
    public void Release() => slots.RemoveUser();
}
