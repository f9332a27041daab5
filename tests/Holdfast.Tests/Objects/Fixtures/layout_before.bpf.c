// SPDX-License-Identifier: MIT
// Maps whose layout layout_after.bpf.c changes.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

enum state { IDLE, BUSY, GONE };

struct inner {
	__u16 low;
	__u16 old_name;
};

struct session {
	__u32 packets;
	__s16 balance;
	enum state state;
	struct inner inner;
	__u8 tail[4];
	__u32 flag : 3;
	__u32 count : 5;
	struct inner pairs[2];
	__u64 removed;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct session);
} sessions SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} totals SEC(".maps");

SEC("socket")
int count(struct __sk_buff *skb)
{
	__u32 key = 0;
	struct session *session = bpf_map_lookup_elem(&sessions, &key);
	__u64 *total = bpf_map_lookup_elem(&totals, &key);

	if (session)
		session->packets++;
	if (total)
		(*total)++;
	return 1;
}

char LICENSE[] SEC("license") = "MIT";
