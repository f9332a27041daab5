#!/usr/bin/env bash
# Rebuilds every samples/**/*.bpf.c into the .bpf.o beside it. Needs: apt-get install clang libbpf-dev linux-libc-dev
# The objects are committed: users and tests need no compiler. Usage: samples/build.sh [--out DIR] [FILE.bpf.c…]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

out=.
if [ "${1:-}" = --out ]; then mkdir -p "$2"; out=$(cd "$2" && pwd); shift 2; fi
sources=("$@")
if [ ${#sources[@]} -eq 0 ]; then mapfile -t sources < <(find . -name '*.bpf.c' -printf '%P\n' | LC_ALL=C sort); fi

for source in "${sources[@]}"; do
    object="$out/${source%.c}.o"
    mkdir -p "$(dirname "$object")"
    # asm/*.h lives in the multiarch folder; -fdebug-compilation-dir keeps this machine's path out of the object.
    "${CLANG:-clang}" -O2 -g -target bpf -mcpu=v3 -Wall -Wextra -Werror -Wno-unused-parameter -Wno-implicit-fallthrough \
        -fdebug-compilation-dir=. -I"/usr/include/$(uname -m)-linux-gnu" -c "$source" -o "$object"
    # DWARF is ten times the size of all else, and nobody here reads it: BTF stays.
    "${LLVM_STRIP:-llvm-strip}" -g "$object"
    echo "$object"
done
