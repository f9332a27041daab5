// SPDX-License-Identifier: MIT
// Functions, data and symbols left to the kernel.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

const volatile __u32 limit = 10;
static const volatile __u64 scale = 3;
__u64 total = 0x1122334455667788;
__u32 calls;
static volatile __u32 hidden_calls;
char tag[8] SEC(".data.custom") = "custom";
const char greeting[] = "hello";

extern int LINUX_KERNEL_VERSION __kconfig;
extern __u64 CONFIG_HOLDFAST_MISSING __kconfig __weak;
extern _Bool CONFIG_BPF __kconfig;
extern char CONFIG_HOLDFAST_TEXT[8] __kconfig __weak;
extern const void holdfast_missing_symbol __ksym __weak;

static __attribute__((noinline)) __u64 leaf(__u64 value)
{
	hidden_calls++;
	return value * scale;
}

__attribute__((noinline)) __u64 shared(__u64 value)
{
	return leaf(value) + leaf(value + 1);
}

__hidden __attribute__((noinline)) __u64 veiled(__u64 value)
{
	return shared(value) ^ calls;
}

static __attribute__((noinline)) long each(__u32 index, void *context)
{
	total += leaf(index);
	return index > limit;
}

SEC("xdp")
int first(struct xdp_md *context)
{
	calls++;
	return shared(calls) + veiled(2) > limit ? XDP_PASS : XDP_DROP;
}

SEC("xdp")
int second(struct xdp_md *context)
{
	bpf_loop(5, each, 0, 0);
	return leaf(1) + tag[2] + greeting[calls & 3];
}

SEC("?tc")
int left_out(struct __sk_buff *skb)
{
	return shared(skb->len);
}

SEC("socket")
int externs(struct __sk_buff *skb)
{
	if (&holdfast_missing_symbol)
		return 1;
	return LINUX_KERNEL_VERSION + CONFIG_HOLDFAST_MISSING + CONFIG_BPF + CONFIG_HOLDFAST_TEXT[0];
}

char LICENSE[] SEC("license") = "GPL";
__u32 VERSION SEC("version") = 0x00061200;
