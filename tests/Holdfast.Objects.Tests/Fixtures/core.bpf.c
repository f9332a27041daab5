// SPDX-License-Identifier: MIT
// Fields of kernel types, wherever the kernel has them; programs that are attached by BTF.
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct task_struct {
	int pid;
	int tgid;
	struct task_struct *group_leader;
	int holdfast_missing_field;
} __attribute__((preserve_access_index));

__u32 seen;

static __attribute__((noinline)) int leader(struct task_struct *task)
{
	return BPF_CORE_READ(task, group_leader, pid);
}

SEC("raw_tp/sys_enter")
int BPF_PROG(enter)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	if (bpf_core_field_exists(task->holdfast_missing_field))
		seen = BPF_CORE_READ(task, holdfast_missing_field);
	else
		seen = leader(task) + bpf_core_type_size(struct task_struct);
	return 0;
}

SEC("?fentry/bpf_fentry_test1")
int BPF_PROG(attached, int a)
{
	seen = a;
	return 0;
}

SEC("kprobe/do_nanosleep")
int probe(void *context)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
