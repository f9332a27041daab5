// SPDX-License-Identifier: MIT
// Tables of TCP congestion control, for a link and registered; the types hold only what the tables set.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct sock;

struct tcp_sock {
	__u32 snd_cwnd;
} __attribute__((preserve_access_index));

struct tcp_congestion_ops {
	char name[16];
	__u32 flags;
	__u32 (*ssthresh)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	__u32 (*undo_cwnd)(struct sock *sk);
	void *owner;
};

/* Of another kernel: its `holdfast_hook` is a function that this one has no place for. */
struct tcp_congestion_ops___other {
	__u32 (*undo_cwnd)(struct sock *sk);
	void (*holdfast_hook)(struct sock *sk);
	__u32 holdfast_number;
	char name[16];
	__u32 (*ssthresh)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
};

SEC("struct_ops/ssthresh")
__u32 BPF_PROG(threshold, struct sock *sk)
{
	return 2;
}

SEC("struct_ops")
void BPF_PROG(avoid, struct sock *sk, __u32 ack, __u32 acked)
{
}

SEC("struct_ops")
__u32 BPF_PROG(undo, struct sock *sk)
{
	struct tcp_sock *tcp = (void *)sk;

	return tcp->snd_cwnd;
}

SEC("struct_ops")
void BPF_PROG(hook, struct sock *sk)
{
}

SEC(".struct_ops.link")
struct tcp_congestion_ops linked = {
	.name = "holdfast_link",
	.ssthresh = (void *)threshold,
	.cong_avoid = (void *)avoid,
	.undo_cwnd = (void *)undo,
};

SEC(".struct_ops")
struct tcp_congestion_ops___other registered = {
	.name = "holdfast_table",
	.ssthresh = (void *)threshold,
	.cong_avoid = (void *)avoid,
	.undo_cwnd = (void *)undo,
	.holdfast_hook = (void *)hook,
};

SEC("?.struct_ops.link")
struct tcp_congestion_ops left_out = {
	.name = "holdfast_none",
	.ssthresh = (void *)threshold,
};

char LICENSE[] SEC("license") = "GPL";
