namespace Holdfast.Verifier.Analysis;

/// <summary>Kinds of special fields (<c>enum btf_field_type</c>).</summary>
internal enum SpecialFieldKind : byte
{
    SpinLock,
    ResilientLock,
    Timer,
    WorkQueue,
    TaskWork,
    ListHead,
    ListNode,
    TreeRoot,
    TreeNode,
    Refcount,
    UntrustedKptr,
    Kptr,
    PerCpuKptr,
    UserPointer,
}

/// <summary>What is known of a kind.</summary>
internal static class SpecialFieldKinds
{
    /// <summary>The kind of a structure that is a special field, by its name.</summary>
    public static SpecialFieldKind? Named(string name) => name switch
    {
        "bpf_spin_lock" => SpecialFieldKind.SpinLock,
        "bpf_res_spin_lock" => SpecialFieldKind.ResilientLock,
        "bpf_timer" => SpecialFieldKind.Timer,
        "bpf_wq" => SpecialFieldKind.WorkQueue,
        "bpf_task_work" => SpecialFieldKind.TaskWork,
        "bpf_list_head" => SpecialFieldKind.ListHead,
        "bpf_list_node" => SpecialFieldKind.ListNode,
        "bpf_rb_root" => SpecialFieldKind.TreeRoot,
        "bpf_rb_node" => SpecialFieldKind.TreeNode,
        "bpf_refcount" => SpecialFieldKind.Refcount,
        _ => null,
    };

    /// <summary>The kind of a pointer whose target carries a tag.</summary>
    public static SpecialFieldKind? Tagged(string tag) => tag switch
    {
        "kptr_untrusted" => SpecialFieldKind.UntrustedKptr,
        "kptr" => SpecialFieldKind.Kptr,
        "percpu_kptr" => SpecialFieldKind.PerCpuKptr,
        "uptr" => SpecialFieldKind.UserPointer,
        _ => null,
    };

    public static bool IsKptr(this SpecialFieldKind kind) =>
        kind is SpecialFieldKind.UntrustedKptr or SpecialFieldKind.Kptr or SpecialFieldKind.PerCpuKptr or SpecialFieldKind.UserPointer;

    public static bool IsRoot(this SpecialFieldKind kind) => kind is SpecialFieldKind.ListHead or SpecialFieldKind.TreeRoot;

    public static bool IsNode(this SpecialFieldKind kind) => kind is SpecialFieldKind.ListNode or SpecialFieldKind.TreeNode;

    /// <summary>Only one of the kind may be a direct member of a structure.</summary>
    public static bool IsUnique(this SpecialFieldKind kind) => kind <= SpecialFieldKind.TaskWork;

    /// <summary>Arrays may hold the kind.</summary>
    public static bool IsRepeatable(this SpecialFieldKind kind) => kind.IsKptr() || kind.IsRoot();

    /// <summary>Objects that programs allocate may hold the kind; map values hold what is no node.</summary>
    public static bool IsForObjects(this SpecialFieldKind kind) => kind is not
        (SpecialFieldKind.Timer or SpecialFieldKind.WorkQueue or SpecialFieldKind.TaskWork or SpecialFieldKind.UserPointer);

    /// <summary>Size in bytes (<c>btf_field_type_size</c>).</summary>
    public static int Size(this SpecialFieldKind kind) => kind switch
    {
        SpecialFieldKind.SpinLock or SpecialFieldKind.ResilientLock or SpecialFieldKind.Refcount => 4,
        SpecialFieldKind.Timer or SpecialFieldKind.WorkQueue or SpecialFieldKind.ListHead or SpecialFieldKind.TreeRoot => 16,
        SpecialFieldKind.ListNode => 24,
        SpecialFieldKind.TreeNode => 32,
        _ => 8,
    };

    /// <summary>Alignment in bytes (<c>btf_field_type_align</c>).</summary>
    public static int Alignment(this SpecialFieldKind kind) => Math.Min(kind.Size(), 8);
}
