// SPDX-License-Identifier: MIT
// What this kernel lacks, one program each.
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct task_struct {
	int pid;
	int holdfast_missing_field;
} __attribute__((preserve_access_index));

struct holdfast_missing_type {
	int field;
} __attribute__((preserve_access_index));

extern int bpf_holdfast_missing(int value) __ksym;
extern int bpf_holdfast_weak(int value) __ksym __weak;
extern int bpf_task_release(int wrong) __ksym;
extern const void holdfast_missing_symbol __ksym;
extern const int holdfast_missing_variable __ksym;

int seen;

SEC("raw_tp/sys_enter")
int missing_field(void *context)
{
	struct task_struct *task = (void *)bpf_get_current_task_btf();

	seen = task->holdfast_missing_field;
	return 0;
}

SEC("raw_tp/sys_enter")
int missing_type(void *context)
{
	return bpf_core_type_size(struct holdfast_missing_type) + bpf_core_type_id_kernel(struct holdfast_missing_type);
}

SEC("syscall")
int missing_function(void *context)
{
	return bpf_holdfast_missing(1);
}

SEC("syscall")
int missing_weak_function(void *context)
{
	return bpf_holdfast_weak(1);
}

SEC("syscall")
int wrong_function(void *context)
{
	return bpf_task_release(1);
}

SEC("socket")
int missing_symbol(struct __sk_buff *skb)
{
	return (__u64)&holdfast_missing_symbol >> 63;
}

SEC("socket")
int missing_variable(struct __sk_buff *skb)
{
	return (__u64)&holdfast_missing_variable >> 63;
}

SEC("fentry/holdfast_missing_target")
int BPF_PROG(missing_target, int a)
{
	return 0;
}

SEC("tp_btf/holdfast_missing_tracepoint")
int missing_tracepoint(void *context)
{
	return 0;
}

SEC("fentry/holdfast_module:init")
int missing_module(void *context)
{
	return 0;
}

SEC("iter")
int no_target(void *context)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
