// SPDX-License-Identifier: MIT
// A congestion control that nobody uses, as a struct_ops table: members by name, in another order than the kernel's.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct sock;

struct tcp_congestion_ops___own {
	char name[16];
	__u32 (*ssthresh)(struct sock *sk);
	__u32 (*undo_cwnd)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	void *missing_in_the_kernel;
};

SEC("struct_ops") __u32 BPF_PROG(own_ssthresh, struct sock *sk)
{
	return 2;
}

SEC("struct_ops") __u32 BPF_PROG(own_undo_cwnd, struct sock *sk)
{
	return 2;
}

SEC("struct_ops") void BPF_PROG(own_cong_avoid, struct sock *sk, __u32 ack, __u32 acked)
{
}

SEC(".struct_ops.link")
struct tcp_congestion_ops___own own_control = {
	.ssthresh = (void *)own_ssthresh,
	.undo_cwnd = (void *)own_undo_cwnd,
	.cong_avoid = (void *)own_cong_avoid,
	.name = "holdfast_elf",
};

char LICENSE[] SEC("license") = "GPL";
