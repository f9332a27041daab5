// SPDX-License-Identifier: MIT
// Every type that a value of the kernel's configuration can have.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

extern _Bool CONFIG_HOLDFAST_BOOL __kconfig;
extern enum libbpf_tristate CONFIG_HOLDFAST_TRISTATE __kconfig;
extern char CONFIG_HOLDFAST_CHAR __kconfig;
extern int CONFIG_HOLDFAST_INT __kconfig;
extern unsigned long long CONFIG_HOLDFAST_HEX __kconfig;
extern short CONFIG_HOLDFAST_SHORT __kconfig;
extern char CONFIG_HOLDFAST_TEXT[8] __kconfig;
extern int CONFIG_HOLDFAST_WEAK __kconfig __weak;
extern unsigned int LINUX_KERNEL_VERSION __kconfig;
extern _Bool LINUX_HAS_BPF_COOKIE __kconfig;
extern _Bool LINUX_HAS_SYSCALL_WRAPPER __kconfig;

struct {
	_Bool boolean;
	_Bool cookie;
	_Bool wrapper;
	char letter;
	int tristate;
	int number;
	int weak;
	long long hex;
	int small;
	__u32 version;
	char text[8];
} seen;

SEC("socket")
int read_all(struct __sk_buff *skb)
{
	seen.boolean = CONFIG_HOLDFAST_BOOL;
	seen.cookie = LINUX_HAS_BPF_COOKIE;
	seen.wrapper = LINUX_HAS_SYSCALL_WRAPPER;
	seen.letter = CONFIG_HOLDFAST_CHAR;
	seen.tristate = CONFIG_HOLDFAST_TRISTATE;
	seen.number = CONFIG_HOLDFAST_INT;
	seen.weak = CONFIG_HOLDFAST_WEAK;
	seen.hex = CONFIG_HOLDFAST_HEX;
	seen.small = CONFIG_HOLDFAST_SHORT;
	seen.version = LINUX_KERNEL_VERSION;
	__builtin_memcpy(seen.text, CONFIG_HOLDFAST_TEXT, sizeof(seen.text));
	return 7;
}

char LICENSE[] SEC("license") = "GPL";
