// SPDX-License-Identifier: MIT
// Iterators over tasks and maps, and programs at a tracepoint with typed arguments.
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
} __attribute__((preserve_access_index));

struct task_struct {
	int pid;
} __attribute__((preserve_access_index));

struct bpf_map {
	__u32 id;
} __attribute__((preserve_access_index));

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} __attribute__((preserve_access_index));

struct bpf_iter__bpf_map {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
} __attribute__((preserve_access_index));

int switches;

SEC("iter/task")
int each_task(struct bpf_iter__task *context)
{
	struct task_struct *task = context->task;

	if (task)
		BPF_SEQ_PRINTF(context->meta->seq, "task %d\n", task->pid);
	return 0;
}

SEC("iter.s/task")
int each_task_sleepable(struct bpf_iter__task *context)
{
	return 0;
}

SEC("iter/bpf_map")
int each_map(struct bpf_iter__bpf_map *context)
{
	struct bpf_map *map = context->map;

	if (map)
		BPF_SEQ_PRINTF(context->meta->seq, "map %d\n", map->id);
	return 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(on_switch, _Bool preempt, struct task_struct *before, struct task_struct *after)
{
	switches += before->pid != after->pid;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
