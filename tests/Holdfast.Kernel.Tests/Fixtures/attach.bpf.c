// SPDX-License-Identifier: MIT
// One program for each place to attach to. Each counts its runs, so that a test sees that it ran.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

enum slot { XDP, XDP_OTHER, INGRESS, EGRESS, CGROUP, CONNECT, NETFILTER, LOOKUP, RAW, TRACE, SOCKET, UPROBE, OPENED };

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u64);
} walked SEC(".maps");

static __always_inline void count(__u32 slot)
{
	__u64 *value = bpf_map_lookup_elem(&counters, &slot);

	if (value)
		__sync_fetch_and_add(value, 1);
}

#define COUNTER(section, name, type, slot, result) \
	SEC(section) int name(type *context)       \
	{                                          \
		count(slot);                       \
		return result;                     \
	}

COUNTER("xdp", count_xdp, struct xdp_md, XDP, XDP_PASS)
COUNTER("xdp", count_xdp_other, struct xdp_md, XDP_OTHER, XDP_PASS)
COUNTER("tcx/ingress", count_ingress, struct __sk_buff, INGRESS, -1)
COUNTER("tcx/egress", count_egress, struct __sk_buff, EGRESS, -1)
COUNTER("cgroup_skb/egress", count_cgroup, struct __sk_buff, CGROUP, 1)
COUNTER("cgroup/connect4", deny_connect, struct bpf_sock_addr, CONNECT, 0)
COUNTER("netfilter", count_netfilter, void, NETFILTER, 1)
COUNTER("sk_lookup", count_lookup, struct bpf_sk_lookup, LOOKUP, 1)
COUNTER("socket", count_socket, struct __sk_buff, SOCKET, 0)
COUNTER("uprobe", count_uprobe, void, UPROBE, 0)

// System-wide tracepoints count what one process asks for only, so that others don't disturb.
const volatile __u32 process = 0;

SEC("raw_tp/sys_enter")
int count_raw(struct bpf_raw_tracepoint_args *context)
{
	if (bpf_get_current_pid_tgid() >> 32 == process)
		count(RAW);
	return 0;
}

SEC("tp/syscalls/sys_enter_getppid")
int count_trace(void *context)
{
	if (bpf_get_current_pid_tgid() >> 32 == process)
		count(TRACE);
	return 0;
}

SEC("?fentry/bpf_fentry_test1")
int BPF_PROG(count_fentry, int value)
{
	count(OPENED);
	return 0;
}

SEC("?kprobe/do_sys_openat2")
int count_kprobe(void *context)
{
	count(OPENED);
	return 0;
}

struct seq_file;
struct bpf_iter_meta {
	struct seq_file *seq;
	__u64 session_id;
	__u64 seq_num;
} __attribute__((preserve_access_index));

struct bpf_map;
struct bpf_iter__bpf_map_elem {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
	void *key;
	void *value;
} __attribute__((preserve_access_index));

SEC("iter/bpf_map_elem")
int print_elements(struct bpf_iter__bpf_map_elem *context)
{
	__u32 *key = context->key;
	__u64 *value = context->value;

	if (key && value)
		BPF_SEQ_PRINTF(context->meta->seq, "%u=%llu\n", *key, *value);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
