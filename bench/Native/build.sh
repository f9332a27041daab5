#!/usr/bin/env bash
# Rebuilds the BPF objects beside their sources (committed, so that running the benchmark needs no compiler for them).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
for source in *.c; do
    "${CLANG:-clang}" -O2 -g -target bpf -mcpu=v3 -Wall -Wextra -Werror -Wno-unused-parameter -I"/usr/include/$(uname -m)-linux-gnu" -fdebug-compilation-dir=. -c "$source" -o "${source%.c}.bpf.o"
    "${LLVM_STRIP:-llvm-strip}" -g "${source%.c}.bpf.o"
done
