// SPDX-License-Identifier: MIT
// Kernel functions, one of which no kernel has.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;
extern int bpf_holdfast_missing(int value) __ksym __weak;

__u32 seen;

SEC("tc")
int locked(struct __sk_buff *skb)
{
	bpf_rcu_read_lock();
	seen = skb->len;
	bpf_rcu_read_unlock();
	if (bpf_holdfast_missing)
		seen = bpf_holdfast_missing(1);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
