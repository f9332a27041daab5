// SPDX-License-Identifier: MIT
//
// Counts packets and bytes per flow (5-tuple and VLAN) and per IP protocol, and lets every packet pass.
//
// Parses Ethernet, up to two VLAN tags (802.1Q, 802.1ad), IPv4 with options and fragments, IPv6 with a bounded chain of
// extension headers, TCP, UDP, ICMP and ICMPv6. A packet that ends early is counted with what could be read.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define MAX_VLAN_TAGS 2
#define MAX_EXTENSION_HEADERS 6
#define MAX_FLOWS 65536

/* Slots of `protocols` past the 256 IP protocol numbers. */
#define PROTOCOL_NOT_IP 256
#define PROTOCOL_UNTRACKED 257 /* counted here too when `flows` was full */
#define PROTOCOL_SLOTS 258

struct flow_key {
	__u8 source[16];      /* IPv4 as ::ffff:a.b.c.d */
	__u8 destination[16];
	__u16 source_port;      /* host order; the type for ICMP, 0 in later fragments */
	__u16 destination_port; /* host order; the code for ICMP, 0 in later fragments */
	__u16 vlan;             /* outermost VLAN id, 0 if untagged */
	__u8 protocol;          /* IP protocol number */
	__u8 version;           /* 4 or 6 */
};

struct flow_stats {
	__u64 packets;
	__u64 bytes;
	__u64 first_seen; /* nanoseconds since boot */
	__u64 last_seen;
	__u32 tcp_flags; /* every flag seen so far */
	__u32 fragments; /* packets that were IP fragments */
};

struct protocol_stats {
	__u64 packets;
	__u64 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_FLOWS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct flow_key);
	__type(value, struct flow_stats);
} flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PROTOCOL_SLOTS);
	__type(key, __u32);
	__type(value, struct protocol_stats);
} protocols SEC(".maps");

struct vlan_tag {
	__be16 control;
	__be16 next;
};

struct ipv4_header {
	__u8 version_length;
	__u8 service;
	__be16 total_length;
	__be16 id;
	__be16 fragment;
	__u8 ttl;
	__u8 protocol;
	__be16 checksum;
	__be32 source;
	__be32 destination;
};

struct ipv6_header {
	__be32 version_class_label;
	__be16 payload_length;
	__u8 next;
	__u8 hop_limit;
	__u32 source[4];
	__u32 destination[4];
};

struct extension_header {
	__u8 next;
	__u8 length;
	__be16 fragment; /* offset and flags, in the fragment header only */
	__be32 rest;
};

struct tcp_header {
	__be16 source;
	__be16 destination;
	__be32 sequence;
	__be32 acknowledgement;
	__u8 offset;
	__u8 flags;
	__be16 window;
};

struct ports {
	__be16 source;
	__be16 destination;
};

struct icmp_header {
	__u8 type;
	__u8 code;
	__be16 checksum;
};

/* What one packet tells beyond its key. */
struct packet {
	__u64 bytes;
	__u32 tcp_flags;
	__u32 fragment;
};

static __always_inline void count_protocol(__u32 slot, __u64 bytes)
{
	struct protocol_stats *stats = bpf_map_lookup_elem(&protocols, &slot);

	if (stats) {
		__sync_fetch_and_add(&stats->packets, 1);
		__sync_fetch_and_add(&stats->bytes, bytes);
	}
}

static __always_inline void add_packet(struct flow_stats *stats, const struct packet *packet, __u64 now)
{
	__sync_fetch_and_add(&stats->packets, 1);
	__sync_fetch_and_add(&stats->bytes, packet->bytes);
	stats->last_seen = now;
	if (packet->tcp_flags)
		__sync_fetch_and_or(&stats->tcp_flags, packet->tcp_flags);
	if (packet->fragment)
		__sync_fetch_and_add(&stats->fragments, 1);
}

static __always_inline void count_flow(const struct flow_key *key, const struct packet *packet)
{
	__u64 now = bpf_ktime_get_ns();
	struct flow_stats *stats = bpf_map_lookup_elem(&flows, key);

	if (!stats) {
		struct flow_stats first = {
			.packets = 1,
			.bytes = packet->bytes,
			.first_seen = now,
			.last_seen = now,
			.tcp_flags = packet->tcp_flags,
			.fragments = packet->fragment,
		};

		if (bpf_map_update_elem(&flows, key, &first, BPF_NOEXIST) == 0)
			return;
		/* Another CPU inserted the flow between our two calls, or the table is full. */
		stats = bpf_map_lookup_elem(&flows, key);
	}
	if (stats)
		add_packet(stats, packet, now);
	else
		count_protocol(PROTOCOL_UNTRACKED, packet->bytes);
}

static __always_inline void read_transport(void *header, void *end, struct flow_key *key, struct packet *packet)
{
	struct tcp_header *tcp = header;
	struct ports *ports = header;
	struct icmp_header *icmp = header;

	switch (key->protocol) {
	case IPPROTO_TCP:
		if ((void *)(tcp + 1) <= end)
			packet->tcp_flags = tcp->flags;
		/* fall through: the ports are where UDP has them */
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
		if ((void *)(ports + 1) <= end) {
			key->source_port = bpf_ntohs(ports->source);
			key->destination_port = bpf_ntohs(ports->destination);
		}
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		if ((void *)(icmp + 1) <= end) {
			key->source_port = icmp->type;
			key->destination_port = icmp->code;
		}
		break;
	}
}

/* Returns whether the packet is IPv4, with `key` filled in. */
static __always_inline int read_ipv4(void *header, void *end, struct flow_key *key, struct packet *packet)
{
	struct ipv4_header *ip = header;
	__u32 *source = (__u32 *)key->source;
	__u32 *destination = (__u32 *)key->destination;
	__u32 length;
	__u16 fragment;

	if ((void *)(ip + 1) > end)
		return 0;
	length = (ip->version_length & 0xf) * 4;
	if ((ip->version_length >> 4) != 4 || length < sizeof(*ip))
		return 0;

	key->version = 4;
	key->protocol = ip->protocol;
	source[2] = bpf_htonl(0xffff);
	source[3] = ip->source;
	destination[2] = bpf_htonl(0xffff);
	destination[3] = ip->destination;

	fragment = bpf_ntohs(ip->fragment);
	packet->fragment = (fragment & 0x3fff) != 0; /* more fragments, or an offset */
	if ((fragment & 0x1fff) == 0)
		read_transport(header + length, end, key, packet);
	return 1;
}

/* Returns whether the packet is IPv6, with `key` filled in. */
static __always_inline int read_ipv6(void *header, void *end, struct flow_key *key, struct packet *packet)
{
	struct ipv6_header *ip = header;
	__u32 *source = (__u32 *)key->source;
	__u32 *destination = (__u32 *)key->destination;
	void *at = ip + 1;
	__u8 next;

	if (at > end || (ip->version_class_label & bpf_htonl(0xf0000000)) != bpf_htonl(0x60000000))
		return 0;

	key->version = 6;
	for (int i = 0; i < 4; i++) {
		source[i] = ip->source[i];
		destination[i] = ip->destination[i];
	}

	next = ip->next;
	for (int i = 0; i < MAX_EXTENSION_HEADERS; i++) {
		struct extension_header *extension = at;

		if (next != IPPROTO_HOPOPTS && next != IPPROTO_ROUTING && next != IPPROTO_DSTOPTS &&
		    next != IPPROTO_FRAGMENT && next != IPPROTO_AH)
			break;
		key->protocol = next;
		if ((void *)(extension + 1) > end)
			return 1;
		if (next == IPPROTO_FRAGMENT) {
			packet->fragment = 1;
			next = extension->next;
			if (extension->fragment & bpf_htons(0xfff8)) {
				key->protocol = next; /* a later fragment: no ports here */
				return 1;
			}
			at += sizeof(*extension);
		} else {
			at += next == IPPROTO_AH ? (extension->length + 2) * 4 : (extension->length + 1) * 8;
			next = extension->next;
		}
	}
	key->protocol = next;
	read_transport(at, end, key, packet);
	return 1;
}

SEC("xdp")
int flow_stats(struct xdp_md *context)
{
	void *start = (void *)(long)context->data;
	void *end = (void *)(long)context->data_end;
	struct ethhdr *ethernet = start;
	struct packet packet = { .bytes = end - start };
	struct flow_key key = {};
	void *at = ethernet + 1;
	__be16 type;
	int known = 0;

	if (at > end) {
		count_protocol(PROTOCOL_NOT_IP, packet.bytes);
		return XDP_PASS;
	}

	type = ethernet->h_proto;
	for (int i = 0; i < MAX_VLAN_TAGS; i++) {
		struct vlan_tag *tag = at;

		if (type != bpf_htons(ETH_P_8021Q) && type != bpf_htons(ETH_P_8021AD))
			break;
		if ((void *)(tag + 1) > end)
			break;
		if (i == 0)
			key.vlan = bpf_ntohs(tag->control) & 0xfff;
		type = tag->next;
		at = tag + 1;
	}

	if (type == bpf_htons(ETH_P_IP))
		known = read_ipv4(at, end, &key, &packet);
	else if (type == bpf_htons(ETH_P_IPV6))
		known = read_ipv6(at, end, &key, &packet);

	if (known) {
		count_protocol(key.protocol, packet.bytes);
		count_flow(&key, &packet);
	} else {
		count_protocol(PROTOCOL_NOT_IP, packet.bytes);
	}
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
