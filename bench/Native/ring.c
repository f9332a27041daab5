// SPDX-License-Identifier: MIT
//
// Writes 64 records of 16 bytes into a ring buffer, and tells how many have found no room since it was loaded.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} ring SEC(".maps");

__u64 number = 0;
__u32 refused = 0;

SEC("tc")
int output(struct __sk_buff *skb)
{
	__u64 record[2] = { number, 0 };

	for (int i = 0; i < 64; i++) {
		record[0]++;
		if (bpf_ringbuf_output(&ring, record, sizeof(record), 0))
			refused++;
	}
	number = record[0];
	return refused;
}

SEC("tc")
int reserve(struct __sk_buff *skb)
{
	__u64 next = number;

	for (int i = 0; i < 64; i++) {
		__u64 *record = bpf_ringbuf_reserve(&ring, 16, 0);

		if (!record) {
			refused++;
			continue;
		}
		record[0] = ++next;
		record[1] = 0;
		bpf_ringbuf_submit(record, 0);
	}
	number = next;
	return refused;
}

char _license[] SEC("license") = "GPL";
