// SPDX-License-Identifier: MIT
// Kernel symbols with and without a type, present and not.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

extern const void __x64_sys_bpf __ksym __weak;
extern const void __arm64_sys_bpf __ksym __weak;
extern const void holdfast_no_such_symbol __ksym __weak;
extern const int cpu_number __ksym __weak;
extern const int holdfast_no_such_variable __ksym __weak;

__u64 address;
__u64 missing = 1;
__u64 missing_typed = 1;
int has_cpu_number;

SEC("socket")
int look(struct __sk_buff *skb)
{
	address = (__u64)&__x64_sys_bpf | (__u64)&__arm64_sys_bpf;
	missing = (__u64)&holdfast_no_such_symbol;
	missing_typed = (__u64)&holdfast_no_such_variable;
	return 3;
}

/* Kernels built without CONFIG_KALLSYMS_ALL know the variable's type, but not where it is. */
SEC("?socket")
int typed(struct __sk_buff *skb)
{
	has_cpu_number = &cpu_number != 0;
	return 4;
}

char LICENSE[] SEC("license") = "GPL";
