// SPDX-License-Identifier: MIT
// One program of each kind that needs something of its own at load, and global functions.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

int calls;

__attribute__((noinline)) int twice(int value)
{
	calls++;
	return value * 2;
}

__attribute__((noinline)) int count(struct __sk_buff *skb)
{
	return twice(skb->len);
}

SEC("sk_lookup")
int pass_lookup(struct bpf_sk_lookup *context)
{
	return SK_PASS;
}

SEC("netfilter")
int accept_packet(void *context)
{
	return 1;
}

SEC("cgroup_skb/ingress")
int group_ingress(struct __sk_buff *skb)
{
	return count(skb) >= 0;
}

SEC("cgroup/connect4")
int group_connect(struct bpf_sock_addr *context)
{
	return 1;
}

SEC("cgroup/sock_create")
int group_socket(struct bpf_sock *context)
{
	return 1;
}

SEC("cgroup/sysctl")
int group_sysctl(struct bpf_sysctl *context)
{
	return 1;
}

SEC("cgroup/getsockopt")
int group_option(struct bpf_sockopt *context)
{
	return 1;
}

SEC("cgroup/dev")
int group_device(struct bpf_cgroup_dev_ctx *context)
{
	return 1;
}

SEC("sockops")
int socket_events(struct bpf_sock_ops *context)
{
	return 1;
}

struct arguments {
	int value;
};

SEC("syscall")
int call_twice(struct arguments *arguments)
{
	char path[8] = {};

	bpf_copy_from_user(path, sizeof(path), 0); /* may sleep */
	arguments->value++;
	return twice(arguments->value);
}

SEC("xdp")
int global_functions(struct xdp_md *context)
{
	return twice(21);
}

SEC("socket")
int counts(struct __sk_buff *skb)
{
	return count(skb);
}

SEC("?socket")
int left_out(struct __sk_buff *skb)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
