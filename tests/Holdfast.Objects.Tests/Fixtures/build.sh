#!/usr/bin/env bash
# Rebuilds every *.bpf.c here into the .bpf.o beside it, with the samples' compiler flags; big_endian.bpf.o is code.bpf.c for bpfeb.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
../../../samples/build.sh $(printf ' ../tests/Holdfast.Objects.Tests/Fixtures/%s' *.bpf.c)
"${CLANG:-clang}" -O2 -g -target bpfeb -mcpu=v3 -fdebug-compilation-dir=. -I"/usr/include/$(uname -m)-linux-gnu" -c code.bpf.c -o big_endian.o
"${LLVM_STRIP:-llvm-strip}" -g big_endian.o
