// SPDX-License-Identifier: MIT
// Maps of the kinds that have more to them than keys and values, inner maps put in by their declaration.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct prefix {
	__u32 length;
	__u8 data[4];
};

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 16);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct prefix);
	__type(value, __u64);
} routes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 4);
	__type(value, __u64);
} waiting SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
	__uint(max_entries, 100);
	__type(value, __u64);
	__uint(map_extra, 3);
} seen SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 64);
	__uint(map_flags, BPF_F_NO_COMMON_LRU);
	__type(key, __u32);
	__type(value, __u64);
} recent SEC(".maps");

struct counters {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} counters_one SEC(".maps"), counters_two SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 4);
	__type(key, __u32);
	__array(values, struct counters);
} by_index SEC(".maps") = {
	.values = { [1] = &counters_one, [3] = &counters_two },
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 8);
	__type(key, __u32);
	__array(values, struct counters);
} by_key SEC(".maps") = {
	.values = { [2] = &counters_two },
};

static __u64 count(void *outer, __u32 key)
{
	__u32 zero = 0;
	void *inner = bpf_map_lookup_elem(outer, &key);
	__u64 *counter = inner ? bpf_map_lookup_elem(inner, &zero) : 0;

	return counter ? __sync_add_and_fetch(counter, 1) : 0;
}

SEC("socket")
int use_all(void *context)
{
	struct prefix net = { .length = 8, .data = { 10, 0, 0, 0 } }, host = { .length = 32, .data = { 10, 1, 2, 3 } };
	__u64 value = 7, popped = 0;
	__u64 *route, *last;
	__u32 key, number;
	int result = 0;

	bpf_map_update_elem(&routes, &net, &value, BPF_ANY);
	route = bpf_map_lookup_elem(&routes, &host);
	if (route)
		result += *route;
	bpf_map_push_elem(&waiting, &value, BPF_EXIST);
	if (bpf_map_pop_elem(&waiting, &popped) == 0)
		result += popped * 10;
	if (bpf_map_peek_elem(&seen, &value) == 0)
		result += 100;
	bpf_map_push_elem(&seen, &value, BPF_ANY);
	result += count(&by_index, 1) * 1000;
	result += count(&by_index, 3) * 10000;
	result += count(&by_key, 2) * 100000;
	result += count(&by_key, 5);
	for (number = 0; number < 100; number++) {
		key = number;
		bpf_map_update_elem(&recent, &key, &value, BPF_ANY);
	}
	last = bpf_map_lookup_elem(&recent, &key);
	if (last)
		result += *last * 1000000;
	return result;
}

char LICENSE[] SEC("license") = "GPL";
