#!/usr/bin/env bash
# Records mixed.pcap: HTTP, DNS, ping, IPv6 and fragments between two network namespaces made for it.
# Needs root and: apt-get install iproute2 iputils-ping tcpdump ethtool curl dnsmasq-base bind9-dnsutils python3
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
client=hf-client-$$ server=hf-server-$$
work=$(mktemp -d)
started=()
cleanup() {
    for pid in "${started[@]}"; do kill "$pid" 2>/dev/null || :; done
    ip netns del "$client" 2>/dev/null || :
    ip netns del "$server" 2>/dev/null || :
    rm -rf "$work"
}
trap cleanup EXIT

ip netns add "$client"
ip netns add "$server"
ip link add name hf0 netns "$client" type veth peer name hf1 netns "$server"
for side in "$client:hf0:1" "$server:hf1:2"; do
    IFS=: read -r ns dev host <<<"$side"
    ip -n "$ns" link set lo up
    ip -n "$ns" addr add "10.77.0.$host/24" dev "$dev"
    ip -n "$ns" addr add "fd77::$host/64" dev "$dev" nodad
    ip -n "$ns" link set "$dev" up
    # No checksum or segmentation offload: the capture must look like the wire.
    ip netns exec "$ns" ethtool -K "$dev" tx off tso off gso off gro off >/dev/null 2>&1 || :
done

head -c 20000 /dev/zero | tr '\0' 'h' >"$work/page.html"
ip netns exec "$server" python3 -m http.server --bind 10.77.0.2 --directory "$work" 80 >/dev/null 2>&1 & started+=($!)
ip netns exec "$server" python3 -m http.server --bind fd77::2 --directory "$work" 80 >/dev/null 2>&1 & started+=($!)
ip netns exec "$server" dnsmasq --keep-in-foreground --no-resolv --no-hosts --user=root --pid-file= --listen-address=10.77.0.2,fd77::2 \
    --address=/example.test/10.77.0.2 --address=/example.test/fd77::2 >/dev/null 2>&1 & started+=($!)
ip netns exec "$server" tcpdump -i hf1 --immediate-mode -Z root -U -s 0 -w "$work/mixed.pcap" 2>"$work/log" & dump=$!; started+=("$dump")
sleep 1.5

in_client() { ip netns exec "$client" "$@" >/dev/null; }
in_client ping -c 5 -i 0.05 10.77.0.2
in_client ping -c 5 -i 0.05 fd77::2
in_client ping -c 3 -i 0.05 -s 4000 10.77.0.2
in_client ping -c 2 -i 0.05 -s 3000 fd77::2
for _ in 1 2 3; do in_client curl -s --max-time 5 http://10.77.0.2/page.html; done
for _ in 1 2; do in_client curl -s --max-time 5 "http://[fd77::2]/page.html"; done
for kind in A AAAA TXT; do
    in_client dig +tries=1 +time=2 @10.77.0.2 example.test "$kind"
    in_client dig +tries=1 +time=2 @fd77::2 example.test "$kind"
done
in_client dig +tcp +tries=1 +time=2 @10.77.0.2 example.test A
sleep 0.5
kill -INT "$dump"
wait "$dump" || :
cp "$work/mixed.pcap" "$here/mixed.pcap"
grep captured "$work/log"
