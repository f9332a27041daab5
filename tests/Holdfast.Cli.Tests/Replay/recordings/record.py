#!/usr/bin/env python3
"""Records what the running kernel says of the small programs below (root, clang and llvm-objcopy needed):

    python3 record.py > own.jsonl

Each program is a text in LLVM's assembly; `rN = MAP(i) ll` loads map i and `rN = VALUE(i) ll` the value of map i."""
import ctypes
import errno
import json
import os
import pathlib
import platform
import re
import struct
import subprocess
import sys
import tempfile

BPF, MAP_CREATE, LOOKUP, UPDATE, NEXT_KEY, PROG_LOAD, TEST_RUN, FREEZE = 321, 0, 1, 2, 4, 5, 10, 22
TYPES = {"socket_filter": 1, "kprobe": 2, "sched_cls": 3, "tracepoint": 5, "xdp": 6, "perf_event": 7,
         "cgroup_skb": 8, "raw_tracepoint": 17, "syscall": 31}
SLEEPABLE = 1 << 4  # what system call programs must be
CONTEXT = {"sched_cls": 192}  # asking XDP for its context without giving one makes the packet empty
HASH, ARRAY, PROG_ARRAY, PERCPU_ARRAY, RINGBUF = 1, 2, 3, 6, 27
RDONLY_PROG = 1 << 7
IPV4_UDP = ("020000000001" "020000000002" "0800"
            "4500002c0001000040110000" "0a000001" "0a000002" "14e90035" "00180000" "00112233445566778899aabbccddeeff")
ZEROS = "00" * 64
SHORT = "ffffffffffff0200000000010806"
libc = ctypes.CDLL(None, use_errno=True)


def bpf(command, attribute):
    buffer = ctypes.create_string_buffer(attribute.ljust(160, b"\0"), 160)
    result = libc.syscall(BPF, command, buffer, 160)
    return (result if result >= 0 else -ctypes.get_errno()), buffer.raw


def address(buffer):
    return ctypes.addressof(buffer) if buffer is not None else 0


def buffer(data):
    return ctypes.create_string_buffer(data, len(data)) if data else None


def array(size=8, entries=4, flags=0, **more):
    return {"type": ARRAY, "key_size": 4, "value_size": size, "max_entries": entries, "flags": flags, "name": "array", **more}


def table(key=4, size=8, entries=16):
    return {"type": HASH, "key_size": key, "value_size": size, "max_entries": entries, "flags": 0, "name": "hash"}


def slots(*programs):
    return {"type": PROG_ARRAY, "key_size": 4, "value_size": 4, "max_entries": 4, "flags": 0, "name": "slots",
            "updates": [{"key": struct.pack("<I", i).hex(), "value": {"prog": "", "prog_type": t, "text": text}}
                        for i, t, text in programs]}


def frozen(value):
    return array(size=8, entries=1, flags=RDONLY_PROG, frozen=True, updates=[{"key": "00000000", "value": value}])


BOUNDS = """
    r2 = *(u32 *)(r1 + {data})
    r3 = *(u32 *)(r1 + {end})
    r4 = r2
    r4 += {size}
    if r4 > r3 goto short
"""


def packet(size, data=0, end=4):
    return BOUNDS.format(size=size, data=data, end=end)


def skb(size):
    return packet(size, 76, 80)


COUNT = """
    *(u32 *)(r10 - 4) = 1
    r2 = r10
    r2 += -4
    r1 = MAP(0) ll
    call 1
    if r0 == 0 goto gone
    r1 = 1
    lock *(u64 *)(r0 + 0) += r1
gone:
    r0 = 1
    exit
"""

# name, type, text, maps, packets
PROGRAMS = [
    ("constant", "socket_filter", "r0 = 42\n exit", [], [ZEROS]),
    ("constant_xdp", "xdp", "w0 = 2\n exit", [], [ZEROS, SHORT, IPV4_UDP]),
    ("negative", "sched_cls", "r0 = -1\n exit", [], [ZEROS]),
    ("arithmetic", "sched_cls", """
        r1 = 0x123456789abcdef0 ll
        r2 = 7
        r0 = r1
        r0 /= r2
        r1 *= r2
        r0 ^= r1
        r0 s>>= 3
        w3 = w0
        w3 *= 2654435761
        w0 += w3
        r0 = be32 r0
        exit""", [], [ZEROS]),
    ("division_by_zero", "socket_filter", "r0 = 5\n r1 = *(u32 *)(r1 + 0)\n r1 ^= r1\n r0 /= r1\n exit", [], [ZEROS]),
    ("loop", "xdp", """
        r0 = 0
        r1 = 0
    again:
        r0 += r1
        r1 += 1
        if r1 < 100 goto again
        exit""", [], [ZEROS]),
    ("packet_length", "xdp", "r0 = *(u32 *)(r1 + 4)\n r2 = *(u32 *)(r1 + 0)\n r0 -= r2\n exit", [], [ZEROS, IPV4_UDP]),
    ("packet_read", "xdp", packet(34) + "w0 = *(u8 *)(r2 + 23)\n exit\nshort:\n r0 = 0\n exit", [], [ZEROS, SHORT, IPV4_UDP]),
    ("packet_write", "xdp", packet(14) + """
        r5 = *(u32 *)(r2 + 0)
        r0 = *(u16 *)(r2 + 4)
        r6 = *(u32 *)(r2 + 6)
        *(u32 *)(r2 + 6) = r5
        *(u16 *)(r2 + 4) = 0x1234
        *(u32 *)(r2 + 0) = r6
        r0 = 3
        exit
    short:
        r0 = 1
        exit""", [], [ZEROS, SHORT, IPV4_UDP]),
    ("adjust_head", "xdp", """
        r6 = r1
        r2 = -8
        call 44
        if r0 != 0 goto short
        r1 = r6""" + packet(8) + """
        r0 = 0x1122334455667788 ll
        *(u64 *)(r2 + 0) = r0
        r0 = 3
        exit
    short:
        r0 = 0
        exit""", [], [ZEROS, IPV4_UDP]),
    ("adjust_tail", "xdp", "r2 = -10\n call 65\n r0 += 2\n exit", [], [ZEROS, IPV4_UDP]),
    ("load_bytes", "socket_filter", """
        r2 = 12
        r3 = r10
        r3 += -8
        r4 = 8
        call 26
        if r0 s< 0 goto out
        r0 = *(u16 *)(r10 - 8)
    out:
        exit""", [], [ZEROS, SHORT, IPV4_UDP]),
    ("store_bytes", "sched_cls", """
        r0 = 0x0102030405060708 ll
        *(u64 *)(r10 - 8) = r0
        r2 = 6
        r3 = r10
        r3 += -8
        r4 = 6
        r5 = 0
        call 9
        exit""", [], [ZEROS, IPV4_UDP]),
    ("vlan_push", "sched_cls", "r2 = 0xa888\n r3 = 77\n call 18\n exit", [], [ZEROS, IPV4_UDP]),
    ("mark", "sched_cls", """
        *(u32 *)(r1 + 8) = 99
        *(u32 *)(r1 + 48) = 7
        r0 = *(u32 *)(r1 + 0)
        *(u32 *)(r1 + 32) = r0
        r0 = *(u32 *)(r1 + 16)
        exit""", [], [ZEROS, IPV4_UDP]),
    ("protocol", "cgroup_skb", "r0 = *(u32 *)(r1 + 16)\n r0 &= 1\n exit", [], [ZEROS, IPV4_UDP]),
    ("count_array", "xdp", COUNT, [array()], [ZEROS, ZEROS, IPV4_UDP]),
    ("count_hash", "sched_cls", """
        *(u32 *)(r10 - 4) = 7
        r3 = *(u32 *)(r1 + 0)
        *(u64 *)(r10 - 16) = r3
        r2 = r10
        r2 += -4
        r3 = r10
        r3 += -16
        r1 = MAP(0) ll
        r4 = 0
        call 2
        exit""", [table()], [ZEROS, IPV4_UDP]),
    ("global_data", "socket_filter", "r1 = VALUE(0) ll\n r2 = *(u64 *)(r1 + 0)\n r2 += 3\n *(u64 *)(r1 + 0) = r2\n r0 = r2\n exit",
     [array(entries=1, updates=[{"key": "00000000", "value": "0a"}])], [ZEROS, ZEROS]),
    ("constant_data", "socket_filter", """
        r1 = VALUE(0) ll
        r2 = *(u64 *)(r1 + 0)
        r2 = -r2
        r3 = r10
        r3 += r2
        *(u64 *)(r3 + 0) = 5
        r0 = *(u64 *)(r3 + 0)
        exit""", [frozen("10")], [ZEROS]),
    ("tail_call", "xdp", "r6 = 5\n r2 = MAP(0) ll\n r3 = 2\n call 12\n r0 = 9\n exit", [slots((2, 6, "r0 = 33\n exit"))], [ZEROS]),
    ("tail_call_of_nothing", "xdp", "r2 = MAP(0) ll\n r3 = 1\n call 12\n r0 = 9\n exit", [slots((2, 6, "r0 = 33\n exit"))], [ZEROS]),
    ("subprogram", "socket_filter", "r1 = 20\n call double\n r0 += 2\n exit\ndouble:\n r0 = r1\n r0 += r0\n exit", [], [ZEROS]),
    ("per_cpu", "xdp", COUNT, [dict(array(), type=PERCPU_ARRAY, name="percpu")], [ZEROS]),
    ("ring_buffer", "socket_filter", """
        r1 = MAP(0) ll
        r2 = 8
        r3 = 0
        call 131
        if r0 == 0 goto out
        r1 = r0
        r2 = 0
        call 132
    out:
        r0 = 0
        exit""", [{"type": RINGBUF, "key_size": 0, "value_size": 0, "max_entries": 4096, "flags": 0, "name": "ring"}], [ZEROS]),
    ("tracepoint_read", "tracepoint", "r0 = *(u64 *)(r1 + 8)\n r0 = 0\n exit", [], [ZEROS]),
    ("raw_tracepoint_constant", "raw_tracepoint", "r0 = 3\n exit", [], [None]),
    ("system_call", "syscall", "r0 = 11\n exit", [], [None]),
    # what the kernel refuses
    ("no_result", "socket_filter", "exit", [], []),
    ("uninitialised", "xdp", "r0 = r2\n exit", [], []),
    ("unchecked_packet", "xdp", "r2 = *(u32 *)(r1 + 0)\n w0 = *(u8 *)(r2 + 0)\n exit", [], []),
    ("short_check", "xdp", packet(14) + "w0 = *(u8 *)(r2 + 14)\n exit\nshort:\n r0 = 0\n exit", [], []),
    ("unchecked_value", "xdp", """
        *(u32 *)(r10 - 4) = 1
        r2 = r10
        r2 += -4
        r1 = MAP(0) ll
        call 1
        r0 = *(u64 *)(r0 + 0)
        exit""", [array()], []),
    ("past_value", "xdp", COUNT.replace("r0 + 0", "r0 + 8"), [array()], []),
    ("endless", "xdp", "r0 = 0\n r2 = *(u32 *)(r1 + 0)\nagain:\n r0 += 1\n if r0 != 0 goto again\n exit", [], []),
    ("unreachable", "xdp", "r0 = 0\n exit\n r0 = 1\n exit", [], []),
    ("past_stack", "xdp", "*(u64 *)(r10 - 520) = 0\n r0 = 0\n exit", [], []),
    ("unwritten_stack", "xdp", "r2 = r10\n r2 += -4\n r1 = MAP(0) ll\n call 1\n r0 = 0\n exit", [table()], []),
    ("bad_context", "xdp", "r0 = *(u32 *)(r1 + 200)\n exit", [], []),
    ("context_write", "xdp", "*(u32 *)(r1 + 0) = 1\n r0 = 0\n exit", [], []),
    ("pointer_product", "socket_filter", "r2 = r10\n r2 *= 3\n r0 = 0\n exit", [], []),
    ("wrong_helper", "tracepoint", "r2 = 0\n call 44\n r0 = 0\n exit", [], []),
    ("no_helper", "xdp", "call 4000\n r0 = 0\n exit", [], []),
    ("wrong_argument", "xdp", "r1 = 0\n r2 = 0\n call 1\n r0 = 0\n exit", [], []),
    ("wrong_result", "cgroup_skb", "r0 = 77\n exit", [], []),
    ("falls_off", "xdp", "r0 = 0", [], []),
    ("unfrozen_data", "socket_filter", """
        r1 = VALUE(0) ll
        r2 = *(u64 *)(r1 + 0)
        r2 = -r2
        r3 = r10
        r3 += r2
        r0 = *(u64 *)(r3 + 0)
        exit""", [array(entries=1)], []),
    ("kept_record", "socket_filter", "r1 = MAP(0) ll\n r2 = 8\n r3 = 0\n call 131\n r0 = 0\n exit",
     [{"type": RINGBUF, "key_size": 0, "value_size": 0, "max_entries": 4096, "flags": 0, "name": "ring"}], []),
]


def store_immediate(match):
    """clang before 17 doesn't read `*(u32 *)(r1 + 4) = 5`: its bytes."""
    size, base, sign, offset, value = match.groups()
    offset = int(offset) * (-1 if sign == "-" else 1)
    opcode = {"u8": 0x72, "u16": 0x6a, "u32": 0x62, "u64": 0x7a}[size]
    return ".byte " + ", ".join(map(str, struct.pack("<BBhi", opcode, int(base), offset, int(value, 0))))


def assemble(text):
    """Instructions, and the slots that name a map."""
    marked = re.sub(r"(MAP|VALUE)\((\d+)\)", lambda m: str(0x4d415000 + (m[1] == "VALUE") * 0x100 + int(m[2])), text)
    marked = re.sub(r"\*\((u\d+) \*\)\(r(\d+) ([+-]) (\d+)\) = (-?\d\w*)", store_immediate, marked)
    with tempfile.TemporaryDirectory() as folder:
        source, target, code = (pathlib.Path(folder) / n for n in ("p.s", "p.o", "p.bin"))
        source.write_text("\t.text\n" + "\n".join(line.strip() for line in marked.splitlines()) + "\n")
        subprocess.run(["clang", "-target", "bpf", "-mcpu=v3", "-c", source, "-o", target], check=True)
        subprocess.run(["llvm-objcopy", "-O", "binary", "--only-section=.text", target, code], check=True)
        data = bytearray(code.read_bytes())
    refs, at = [], 0
    while at < len(data):
        if data[at] == 0x18:
            low, = struct.unpack_from("<I", data, at + 4)
            if low & 0xfffffe00 == 0x4d415000:
                data[at + 1] |= 0x20 if low & 0x100 else 0x10
                struct.pack_into("<I", data, at + 4, low & 0xff)
                refs.append(at // 8)
            at += 8
        at += 8
    return bytes(data), refs


def load(type_id, code, refs, fds, log=None):
    code = bytearray(code)
    for slot in refs:
        index, = struct.unpack_from("<I", code, 8 * slot + 4)
        struct.pack_into("<i", code, 8 * slot + 4, fds[index])
    insns, license = buffer(bytes(code)), buffer(b"GPL\0")
    return bpf(PROG_LOAD, struct.pack("<IIQQIIQII16sII", type_id, len(code) // 8, address(insns), address(license),
                                      1 if log else 0, len(log) if log else 0, address(log), 0,
                                      SLEEPABLE if type_id == TYPES["syscall"] else 0, b"", 0, 0))[0]


def create(m):
    fd, _ = bpf(MAP_CREATE, struct.pack("<IIIIIII16s", m["type"], m["key_size"], m["value_size"], m["max_entries"],
                                        m["flags"], 0, 0, m["name"].encode()))
    assert fd >= 0, (m, fd)
    for u in m.get("updates", []):
        value = u["value"]
        if isinstance(value, dict):
            code, value["map_refs"] = assemble(value.pop("text"))
            value["insns"] = code.hex()
            raw = struct.pack("<i", load(value["prog_type"], code, [], []))
        else:
            raw = bytes.fromhex(value).ljust(m["value_size"], b"\0")
        key, raw = buffer(bytes.fromhex(u["key"])), buffer(raw)
        assert bpf(UPDATE, struct.pack("<IxxxxQQQ", fd, address(key), address(raw), 0))[0] == 0
    if m.get("frozen"):
        assert bpf(FREEZE, struct.pack("<I", fd))[0] == 0
    return fd


def contents(m, fd):
    if m["type"] not in (HASH, ARRAY, PERCPU_ARRAY):
        return None
    size = (m["value_size"] + 7) // 8 * 8 * os.cpu_count() if m["type"] == PERCPU_ARRAY else m["value_size"]
    found, key, following = [], None, ctypes.create_string_buffer(m["key_size"])
    while bpf(NEXT_KEY, struct.pack("<IxxxxQQ", fd, address(key), address(following)))[0] == 0:
        key, value = buffer(following.raw), ctypes.create_string_buffer(size)
        bpf(LOOKUP, struct.pack("<IxxxxQQQ", fd, address(key), address(value), 0))
        if m["type"] == HASH or any(value.raw):
            found.append([key.raw.hex(), value.raw.hex()])
    return found or None


def run(kind, fd, data, maps, fds):
    result = {}
    given = buffer(bytes.fromhex(data)) if data else None
    out = ctypes.create_string_buffer(4096) if data else None
    ctx = ctypes.create_string_buffer(CONTEXT[kind]) if data and kind in CONTEXT else None
    ret, raw = bpf(TEST_RUN, struct.pack("<IIIIQQIIIIQQ", fd, 0, len(given) if given else 0, len(out) if out else 0,
                                         address(given), address(out), 1 if data else 0, 0, 0, len(ctx) if ctx else 0, 0, address(ctx)))
    result["ret"] = ret
    if data:
        result["data_in"], result["repeat"] = data, 1
    if ret < 0:
        result["errno"] = {524: "ENOTSUPP"}.get(-ret) or errno.errorcode[-ret]
        return result
    _, result["retval"], _, size = struct.unpack_from("<IIII", raw)
    if out and out.raw[:size].hex() != data:
        result["data_out"] = out.raw[:size].hex()
    if ctx:
        result["ctx_out"] = ctx.raw.hex()
    after = {str(i): c for i, (m, fd) in enumerate(zip(maps, fds)) if (c := contents(m, fd))}
    if after:
        result["maps_after"] = after
    return result


def record(name, kind, text, maps, packets):
    code, refs = assemble(text)
    fds = [create(m) for m in maps]
    entry = {"kind": "prog", "id": f"own:{name}", "name": name, "prog_type": kind, "prog_type_id": TYPES[kind],
             "attach_type": 0, "flags": SLEEPABLE if kind == "syscall" else 0, "license": "GPL", "prog_name": "", "insn_cnt": len(code) // 8,
             "insns": code.hex(), "map_refs": refs, "maps": maps}
    fd = load(TYPES[kind], code, refs, fds)
    if fd >= 0:
        entry["verdict"] = "accept"
        runs = [run(kind, fd, data, maps, fds) for data in packets]
        if runs:
            entry["runs"] = runs
    else:
        log = ctypes.create_string_buffer(1 << 20)
        load(TYPES[kind], code, refs, fds, log=log)
        said = [line for line in log.value.decode().splitlines()
                if line and not re.match(r"processed \d|\d+: |from \d+ to|mark_precise|stack depth|verification time|; |func#", line)]
        entry.update(verdict="reject", errno=errno.errorcode[-fd], reason=said[-1] if said else "")
    for descriptor in fds + ([fd] if fd >= 0 else []):
        os.close(descriptor)
    return entry


os.sched_setaffinity(0, {0})
print(json.dumps({"kind": "header", "corpus": "own", "kernel": platform.release(), "arch": platform.machine(),
                  "cpus": 2, "lines": len(PROGRAMS)}))
for program in PROGRAMS:
    line = record(*program)
    print(json.dumps(line))
    print(line["id"], line["verdict"], line.get("reason", ""), [r.get("retval", r.get("errno")) for r in line.get("runs", [])], file=sys.stderr)
