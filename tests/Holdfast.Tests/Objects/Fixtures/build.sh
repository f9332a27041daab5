#!/usr/bin/env bash
# Rebuilds every *.bpf.c here into the .bpf.o beside it, with the samples' compiler flags.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
../../../../samples/build.sh $(printf ' ../tests/Holdfast.Tests/Objects/Fixtures/%s' *.bpf.c)
