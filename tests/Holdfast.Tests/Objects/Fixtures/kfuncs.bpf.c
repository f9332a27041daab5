// SPDX-License-Identifier: MIT
// Kernel functions that take, give and release references.
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

struct task_struct {
	int pid;
} __attribute__((preserve_access_index));

struct cgroup {
	int level;
} __attribute__((preserve_access_index));

extern struct task_struct *bpf_task_from_pid(int pid) __ksym;
extern void bpf_task_release(struct task_struct *task) __ksym;
extern struct cgroup *bpf_cgroup_from_id(__u64 id) __ksym;
extern void bpf_cgroup_release(struct cgroup *group) __ksym;

int same;
int level = -1;

SEC("syscall")
int find_task(void *context)
{
	int own = bpf_get_current_pid_tgid() >> 32;
	struct task_struct *task = bpf_task_from_pid(own);

	if (!task)
		return 1;
	same = task->pid == own;
	bpf_task_release(task);
	return 0;
}

SEC("syscall")
int find_cgroup(void *context)
{
	struct cgroup *group = bpf_cgroup_from_id(1);

	if (!group)
		return 1;
	level = group->level;
	bpf_cgroup_release(group);
	return 0;
}

/* The reference is never released: every verifier refuses it. */
SEC("?syscall")
int leaks(void *context)
{
	struct task_struct *task = bpf_task_from_pid(1);

	return task ? 0 : 1;
}

char LICENSE[] SEC("license") = "GPL";
