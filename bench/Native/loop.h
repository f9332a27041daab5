// What the loops share. Each is compiled twice, as a BPF program whose context is 1500 bytes, and natively.
#pragma once

#define LENGTH 1500

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#ifdef __bpf__
#define PROGRAM __attribute__((section("syscall"), used))
#else
#define PROGRAM __attribute__((visibility("default")))
#endif
