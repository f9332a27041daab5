using Holdfast.Btf;

namespace Holdfast.Verifier.Analysis;

/// <summary>Which types are special fields (<c>btf_get_field_type</c>).</summary>
internal static class SpecialTypes
{
    /// <summary>The kind of a structure that is a special field, by its name.</summary>
    public static MapFieldKind? Named(string name) => name switch
    {
        "bpf_spin_lock" => MapFieldKind.SpinLock,
        "bpf_res_spin_lock" => MapFieldKind.ResilientLock,
        "bpf_timer" => MapFieldKind.Timer,
        "bpf_wq" => MapFieldKind.WorkQueue,
        "bpf_task_work" => MapFieldKind.TaskWork,
        "bpf_list_head" => MapFieldKind.ListHead,
        "bpf_list_node" => MapFieldKind.ListNode,
        "bpf_rb_root" => MapFieldKind.TreeRoot,
        "bpf_rb_node" => MapFieldKind.TreeNode,
        "bpf_refcount" => MapFieldKind.Refcount,
        _ => null,
    };

    /// <summary>The kind of a pointer to a type that carries a kptr tag.</summary>
    public static MapFieldKind? Tagged(BtfGraph types, uint typeId)
    {
        while (types.TryGetType(typeId, out BtfType? type) && type is BtfModifier modifier)
        {
            if (modifier is BtfTypeTag tag)
            {
                MapFieldKind? kind = tag.Name switch
                {
                    "kptr" => MapFieldKind.Kptr,
                    "kptr_untrusted" => MapFieldKind.UntrustedKptr,
                    "percpu_kptr" => MapFieldKind.PerCpuKptr,
                    "uptr" => MapFieldKind.UserPointer,
                    _ => null,
                };
                if (kind is not null)
                {
                    return kind;
                }
            }

            typeId = modifier.TypeId;
        }

        return null;
    }
}
