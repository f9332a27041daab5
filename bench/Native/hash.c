// FNV-1a, four bytes at a time with a final mix: each step needs the one before, as in any hash of a stream.
#include "loop.h"

PROGRAM u64 hash(u8 *data)
{
    u64 state = 0xcbf29ce484222325ull;
    for (u32 i = 0; i < LENGTH; i += 4) {
        state ^= *(u32 *)(data + i);
        state *= 0x100000001b3ull;
        state ^= state >> 29;
    }
    return state;
}
