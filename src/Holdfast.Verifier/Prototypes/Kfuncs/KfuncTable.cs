using System.Collections.Frozen;
using Holdfast.Isa.Abi;
using static Holdfast.Verifier.Prototypes.KfuncScope;
using static Holdfast.Verifier.Prototypes.KfuncTraits;

namespace Holdfast.Verifier.Prototypes;

/// <summary>The kfuncs of Linux 6.18 that programs may call, by name.</summary>
internal static class KfuncTable
{
    /// <summary>Where the kernel's generic set is registered (<c>generic_btf_ids</c>).</summary>
    private const KfuncScope Generic = Tracing | SchedCls | Xdp | StructOps | Syscall | Cgroup;

    private const KfuncScope Masks = Tracing | StructOps | Syscall;
    private const KfuncScope Packets = SchedCls | SchedAct | SkSkb | SocketFilter | Cgroup | Lwt | Netfilter;

    private static readonly FrozenDictionary<string, KfuncPrototype> Rows = Read(
    [
        .. Group(Common, KfuncTraits.None, "bpf_cast_to_kern_ctx bpf_rdonly_cast bpf_rcu_read_lock bpf_rcu_read_unlock bpf_preempt_disable bpf_preempt_enable"),
        .. Group(Common, KfuncTraits.None, "bpf_local_irq_save bpf_local_irq_restore bpf_map_sum_elem_count bpf_wq_init bpf_wq_set_callback_impl bpf_wq_start __bpf_trap"),
        .. Group(Common, MaybeNull, "bpf_dynptr_slice bpf_dynptr_slice_rdwr bpf_get_kmem_cache"),
        .. Group(Common, KfuncTraits.None, "bpf_dynptr_adjust bpf_dynptr_is_null bpf_dynptr_is_rdonly bpf_dynptr_size bpf_dynptr_clone bpf_dynptr_copy bpf_dynptr_memset"),
        .. Group(Common, KfuncTraits.None, "bpf_probe_read_user_dynptr bpf_probe_read_kernel_dynptr bpf_probe_read_user_str_dynptr bpf_probe_read_kernel_str_dynptr"),
        .. Group(Common, Sleeps, "bpf_copy_from_user_str bpf_copy_from_user_task_str bpf_copy_from_user_dynptr bpf_copy_from_user_str_dynptr"),
        .. Group(Common, Sleeps | TrustedArguments, "bpf_copy_from_user_task_dynptr bpf_copy_from_user_task_str_dynptr"),
        .. Group(Common, KfuncTraits.None, "bpf_strcmp bpf_strcasecmp bpf_strchr bpf_strchrnul bpf_strnchr bpf_strrchr bpf_strlen bpf_strnlen bpf_strspn bpf_strcspn bpf_strstr bpf_strnstr"),
        .. Group(Common, TrustedArguments, "bpf_stream_vprintk_impl bpf_task_work_schedule_signal_impl bpf_task_work_schedule_resume_impl"),
        .. Iterator("num"),
        .. Iterator("bits"),
        .. Iterator("task_vma", Rcu),
        .. Iterator("css", TrustedArguments | RcuProtected),
        .. Iterator("css_task", TrustedArguments),
        .. Iterator("task", TrustedArguments | RcuProtected),
        .. Iterator("kmem_cache", Sleeps, Sleeps),
        .. Iterator("dmabuf", Sleeps, Sleeps),
        .. Group(Common, TrustedArguments, "bpf_res_spin_lock bpf_res_spin_unlock bpf_res_spin_lock_irqsave bpf_res_spin_unlock_irqrestore"),

        .. Group(Generic, Acquires | MaybeNull, "bpf_obj_new_impl bpf_percpu_obj_new_impl bpf_list_pop_front bpf_list_pop_back bpf_rbtree_remove"),
        .. Group(Generic, Releases, "bpf_obj_drop_impl bpf_percpu_obj_drop_impl bpf_task_release bpf_cgroup_release"),
        .. Group(Generic, Acquires | MaybeNull | Rcu, "bpf_refcount_acquire_impl bpf_task_acquire bpf_cgroup_acquire bpf_cgroup_ancestor bpf_task_get_cgroup1"),
        .. Group(Generic, KfuncTraits.None, "bpf_list_push_front_impl bpf_list_push_back_impl bpf_rbtree_add_impl bpf_throw"),
        .. Group(Generic, MaybeNull, "bpf_list_front bpf_list_back bpf_rbtree_first bpf_rbtree_root bpf_rbtree_left bpf_rbtree_right"),
        .. Group(Generic, Acquires | MaybeNull, "bpf_cgroup_from_id bpf_task_from_pid bpf_task_from_vpid"),
        .. Group(Generic, Rcu, "bpf_task_under_cgroup"),
        .. Group(Generic, TrustedArguments, "bpf_send_signal_task"),

        .. Group(Masks, Acquires | MaybeNull, "bpf_cpumask_create"),
        .. Group(Masks, Releases, "bpf_cpumask_release"),
        .. Group(Masks, Acquires | TrustedArguments, "bpf_cpumask_acquire"),
        .. Group(Masks, Rcu, "bpf_cpumask_first bpf_cpumask_first_zero bpf_cpumask_first_and bpf_cpumask_set_cpu bpf_cpumask_clear_cpu bpf_cpumask_test_cpu"),
        .. Group(Masks, Rcu, "bpf_cpumask_test_and_set_cpu bpf_cpumask_test_and_clear_cpu bpf_cpumask_setall bpf_cpumask_clear bpf_cpumask_and bpf_cpumask_or"),
        .. Group(Masks, Rcu, "bpf_cpumask_xor bpf_cpumask_equal bpf_cpumask_intersects bpf_cpumask_subset bpf_cpumask_empty bpf_cpumask_full bpf_cpumask_copy"),
        .. Group(Masks, Rcu, "bpf_cpumask_any_distribute bpf_cpumask_any_and_distribute bpf_cpumask_weight bpf_cpumask_populate"),

        .. Group(Packets, TrustedArguments, "bpf_dynptr_from_skb"),
        .. Group(SchedCls | SchedAct, TrustedArguments, "bpf_dynptr_from_skb_meta bpf_sk_assign_tcp_reqsk"),
        .. Group(Xdp, KfuncTraits.None, "bpf_dynptr_from_xdp bpf_xdp_pull_data"),
        .. Group(Cgroup, TrustedArguments, "bpf_sock_addr_set_sun_path bpf_sock_ops_enable_tx_tstamp"),
        .. Group(Tracing, TrustedArguments, "bpf_sock_destroy"),
        .. Group(Xdp, Acquires | MaybeNull, "bpf_xdp_ct_alloc bpf_xdp_ct_lookup"),
        .. Group(SchedCls, Acquires | MaybeNull, "bpf_skb_ct_alloc bpf_skb_ct_lookup"),
        .. Group(Xdp | SchedCls, Acquires | MaybeNull | Releases, "bpf_ct_insert_entry"),
        .. Group(Xdp | SchedCls, Releases, "bpf_ct_release"),
        .. Group(Xdp | SchedCls, TrustedArguments, "bpf_ct_set_timeout bpf_ct_change_timeout bpf_ct_set_status bpf_ct_change_status bpf_ct_set_nat_info"),
        .. Group(SchedCls, Releases, "bpf_kfunc_call_test_release bpf_kfunc_call_memb_release"),
        .. Group(Syscall, Acquires | MaybeNull | Sleeps, "bpf_crypto_ctx_create"),
        .. Group(Syscall, Acquires | TrustedArguments, "bpf_crypto_ctx_acquire"),
        .. Group(Syscall, Releases, "bpf_crypto_ctx_release"),
        .. Group(SchedCls | Xdp, Rcu, "bpf_crypto_encrypt bpf_crypto_decrypt"),
        .. Group(Common, Sleeps, "bpf_arena_alloc_pages bpf_arena_free_pages bpf_arena_reserve_pages"),
        .. Group(Common, TrustedArguments, "bpf_modify_return_test_tp"),
        .. Group(StructOps, TrustedArguments, "tcp_reno_ssthresh tcp_reno_cong_avoid tcp_reno_undo_cwnd tcp_slow_start tcp_cong_avoid_ai"),
        .. Group(StructOps, KfuncTraits.None, "cubictcp_init cubictcp_recalc_ssthresh cubictcp_cong_avoid cubictcp_state cubictcp_cwnd_event cubictcp_acked"),
        .. Group(StructOps, KfuncTraits.None, "bbr_init bbr_main bbr_sndbuf_expand bbr_undo_cwnd bbr_cwnd_event bbr_ssthresh bbr_min_tso_segs bbr_set_state"),
    ]);

    /// <summary>The kfunc with a name, if there is one.</summary>
    /// <param name="name">The name.</param>
    public static KfuncPrototype? Find(string name) => Rows.GetValueOrDefault(name);

    /// <summary>Whether programs of a type may call it.</summary>
    /// <param name="kfunc">The kfunc.</param>
    /// <param name="type">The program type.</param>
    public static bool MayCall(KfuncPrototype kfunc, ProgramType type) => (kfunc.Scope & (Common | ScopeOf(type))) != 0;

    private static KfuncScope ScopeOf(ProgramType type) => type switch
    {
        ProgramType.Xdp => Xdp,
        ProgramType.SchedCls => SchedCls,
        ProgramType.SchedAct => SchedAct,
        ProgramType.StructOps => StructOps,
        ProgramType.Tracing or ProgramType.Tracepoint or ProgramType.PerfEvent or ProgramType.Lsm => Tracing,
        ProgramType.Syscall => Syscall,
        ProgramType.CgroupSkb or ProgramType.CgroupSock or ProgramType.CgroupDevice or ProgramType.CgroupSockAddr => Cgroup,
        ProgramType.CgroupSockopt or ProgramType.CgroupSysctl or ProgramType.SockOps => Cgroup,
        ProgramType.SkSkb => SkSkb,
        ProgramType.SocketFilter => SocketFilter,
        ProgramType.LwtIn or ProgramType.LwtOut or ProgramType.LwtXmit or ProgramType.LwtSeg6local => Lwt,
        ProgramType.Netfilter => Netfilter,
        ProgramType.Kprobe => Kprobe,
        _ => KfuncScope.None,
    };

    private static IEnumerable<KfuncPrototype> Group(KfuncScope scope, KfuncTraits traits, string names) =>
        names.Split(' ').Select(name => new KfuncPrototype(name, scope, traits));

    private static KfuncPrototype[] Iterator(string name, KfuncTraits extra = KfuncTraits.None, KfuncTraits everywhere = KfuncTraits.None) =>
    [
        new($"bpf_iter_{name}_new", Common, IteratorNew | extra),
        new($"bpf_iter_{name}_next", Common, IteratorNext | MaybeNull | everywhere),
        new($"bpf_iter_{name}_destroy", Common, IteratorDestroy | everywhere),
    ];

    private static FrozenDictionary<string, KfuncPrototype> Read(KfuncPrototype[] rows) => rows.ToFrozenDictionary(row => row.Name);
}
