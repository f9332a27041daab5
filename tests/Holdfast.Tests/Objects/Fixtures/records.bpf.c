// SPDX-License-Identifier: MIT
//
// Writes records into a ring buffer in every way that there is and into perf buffers, and reads those of a user ring buffer.
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 4096);
} commands SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, 4);
	__uint(value_size, 4);
} events SEC(".maps");

struct record {
	__u64 number;
	__u32 sort;
	__u32 length;
};

__u64 number = 0;  /* of the last record written */
__u64 sum = 0;     /* of the first eight bytes of all samples */
__u64 samples = 0;
__u32 stop_at = 0; /* the callback stops at this sample */
__u64 drain_flags = 0;
__u64 event_flags = 0;

SEC("tc")
int reserve(struct __sk_buff *skb)
{
	struct record *record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);

	if (!record)
		return 1;
	record->number = ++number;
	record->sort = 1;
	record->length = skb->len;
	if (skb->len % 2)
		bpf_ringbuf_discard(record, 0);
	else
		bpf_ringbuf_submit(record, 0);
	return 0;
}

SEC("tc")
int output(struct __sk_buff *skb)
{
	struct record record = { .number = ++number, .sort = 2, .length = skb->len };

	return bpf_ringbuf_output(&ring, &record, sizeof(record), skb->len % 2 ? BPF_RB_NO_WAKEUP : BPF_RB_FORCE_WAKEUP);
}

/* As many bytes as the packet has, four times as many if it is long. */
SEC("tc")
int dynamic(struct __sk_buff *skb)
{
	struct record record = { .number = ++number, .sort = 3, .length = skb->len };
	struct bpf_dynptr pointer;
	__u8 *bytes;
	long result = bpf_ringbuf_reserve_dynptr(&ring, skb->len > 500 ? skb->len * 4 : skb->len, 0, &pointer);

	if (result) {
		bpf_ringbuf_discard_dynptr(&pointer, 0);
		return result;
	}
	result = bpf_dynptr_write(&pointer, 0, &record, sizeof(record), 0);
	bytes = bpf_dynptr_data(&pointer, sizeof(record), 4);
	if (bytes)
		for (int i = 0; i < 4; i++)
			bytes[i] = i;
	bpf_ringbuf_submit_dynptr(&pointer, 0);
	return result;
}

/* Two records at once, submitted in the other order. */
SEC("tc")
int two(struct __sk_buff *skb)
{
	struct record *first = bpf_ringbuf_reserve(&ring, sizeof(*first), 0), *second;

	if (!first)
		return 1;
	second = bpf_ringbuf_reserve(&ring, sizeof(*second), 0);
	if (!second) {
		bpf_ringbuf_discard(first, 0);
		return 2;
	}
	first->number = ++number;
	second->number = ++number;
	first->sort = second->sort = 4;
	first->length = second->length = skb->len;
	bpf_ringbuf_submit(second, BPF_RB_NO_WAKEUP);
	bpf_ringbuf_submit(first, 0);
	return 0;
}

SEC("tc")
int odd(struct __sk_buff *skb)
{
	__u8 byte[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
	void *record;
	int result = bpf_ringbuf_output(&ring, byte, 9, 4);

	if (result != -22)
		return 1;
	record = bpf_ringbuf_reserve(&ring, 8, 1);
	if (record) {
		bpf_ringbuf_discard(record, 0);
		return 2;
	}
	return bpf_ringbuf_output(&ring, byte, skb->len & 15, 0);
}

static long sample(struct bpf_dynptr *pointer, void *context)
{
	__u64 value = 0;

	samples++;
	if (bpf_dynptr_read(&value, sizeof(value), pointer, 0, 0) < 0)
		value = 1000000;
	sum += value;
	return samples == stop_at;
}

SEC("tc")
int drain(struct __sk_buff *skb)
{
	return bpf_user_ringbuf_drain(&commands, sample, 0, drain_flags);
}

SEC("tc")
int query(struct __sk_buff *skb)
{
	return bpf_ringbuf_query(&ring, skb->len - 14);
}

SEC("tc")
int event(struct __sk_buff *skb)
{
	struct record record = { .number = ++number, .sort = 5, .length = skb->len };

	return bpf_perf_event_output(skb, &events, event_flags, &record, sizeof(record));
}

SEC("xdp")
int frame(struct xdp_md *xdp)
{
	struct record record = { .number = ++number, .sort = 6, .length = xdp->data_end - xdp->data };

	return bpf_perf_event_output(xdp, &events, event_flags, &record, sizeof(record));
}

char _license[] SEC("license") = "GPL";
