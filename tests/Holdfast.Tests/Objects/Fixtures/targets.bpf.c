// SPDX-License-Identifier: MIT
// Programs whose attach target is an id of the kernel's types or of another program.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct file;
struct socket;

SEC("fentry/bpf_fentry_test1")
int BPF_PROG(enter, int a)
{
	return 0;
}

SEC("fexit/bpf_fentry_test1")
int BPF_PROG(leave, int a, int result)
{
	return 0;
}

SEC("fmod_ret/bpf_modify_return_test")
int BPF_PROG(modify, int a, int *b, int result)
{
	return result;
}

SEC("fentry.s/bpf_fentry_test1")
int BPF_PROG(enter_sleepable, int a)
{
	return 0;
}

SEC("lsm/file_open")
int BPF_PROG(check, struct file *file, int result)
{
	return result;
}

SEC("lsm.s/file_open")
int BPF_PROG(check_sleepable, struct file *file, int result)
{
	return result;
}

SEC("lsm_cgroup/socket_bind")
int BPF_PROG(check_group, struct socket *socket)
{
	return 1;
}

SEC("freplace/twice")
int replacement(int value)
{
	return value;
}

char LICENSE[] SEC("license") = "GPL";
