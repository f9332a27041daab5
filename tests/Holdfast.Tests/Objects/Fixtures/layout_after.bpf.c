// SPDX-License-Identifier: MIT
// The maps of layout_before.bpf.c with another layout: wider and narrower numbers, moved, new, renamed and removed fields.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

enum state { UNKNOWN, IDLE, BUSY };

struct inner {
	__u16 low;
	__u16 new_name;
	__u32 low_again;
};

struct session {
	__u64 added;
	struct inner pairs[3];
	enum state state;
	struct {
		__s64 balance;
	};
	__u64 packets;
	struct inner inner;
	__u8 tail[2];
	__u32 count : 8;
	__u32 flag : 3;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 128);
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
	return 2;
}

char LICENSE[] SEC("license") = "MIT";
