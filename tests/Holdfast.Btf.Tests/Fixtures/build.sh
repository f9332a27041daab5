#!/bin/sh
# Builds the fixtures with clang 14: sections are taken out of the objects, because BTF knows nothing of ELF.
set -eu
cd "$(dirname "$0")"
for name in types core target kernel; do
	clang -g -O2 -target bpf -mcpu=v3 -c "$name.c" -o "$name.o"
	llvm-objcopy --dump-section .BTF="$name.btf" --dump-section .BTF.ext="$name.btfext" "$name.o"
done
for name in core kernel; do
	llvm-objcopy --dump-section raw_tp="$name.insns" "$name.o"
done
rm -f types.o core.o target.o
