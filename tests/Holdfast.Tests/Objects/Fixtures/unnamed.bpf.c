// SPDX-License-Identifier: MIT
// A program whose section says no type, and a map whose size is the loader's to say.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, int);
	__type(value, int);
} sized_later SEC(".maps");

SEC("holdfast/anything")
int untyped(void *context)
{
	int key = 0;

	return bpf_map_lookup_elem(&sized_later, &key) ? 1 : 0;
}

char LICENSE[] SEC("license") = "GPL";
