// SPDX-License-Identifier: MIT
// A program whose section says no type.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("holdfast/anything")
int untyped(void *context)
{
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
