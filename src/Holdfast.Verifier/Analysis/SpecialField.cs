using Holdfast.Btf;

namespace Holdfast.Verifier.Analysis;

/// <summary>A part of a structure that programs may only touch through helpers and kernel functions (<c>struct btf_field</c>).</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Offset">Offset in the structure, in bytes.</param>
/// <param name="Types">For a kptr, list head or tree root: the types that <paramref name="TargetId"/> is an id of.</param>
/// <param name="TargetId">The structure pointed to, or held by the list or tree.</param>
/// <param name="NodeOffset">For a list head or tree root: where the node is in the structures that it holds.</param>
internal sealed record SpecialField(SpecialFieldKind Kind, int Offset, BtfGraph? Types = null, uint TargetId = 0, int NodeOffset = 0)
{
    /// <summary>Size in bytes.</summary>
    public int Size => Kind.Size();

    /// <summary>Name of its type, as the kernel tells it.</summary>
    public string Name => Kind switch
    {
        SpecialFieldKind.SpinLock => "bpf_spin_lock",
        SpecialFieldKind.ResilientLock => "bpf_res_spin_lock",
        SpecialFieldKind.Timer => "bpf_timer",
        SpecialFieldKind.WorkQueue => "bpf_wq",
        SpecialFieldKind.TaskWork => "bpf_task_work",
        SpecialFieldKind.ListHead => "bpf_list_head",
        SpecialFieldKind.ListNode => "bpf_list_node",
        SpecialFieldKind.TreeRoot => "bpf_rb_root",
        SpecialFieldKind.TreeNode => "bpf_rb_node",
        SpecialFieldKind.Refcount => "bpf_refcount",
        SpecialFieldKind.PerCpuKptr => "percpu_kptr",
        SpecialFieldKind.UserPointer => "uptr",
        _ => "kptr",
    };
}
