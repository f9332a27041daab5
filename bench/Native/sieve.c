// Counts the odd primes below 1500 by crossing out multiples in 1500 bytes. The bytes are reset by reading and writing each:
// constants alone clang would merge into wider stores, vectors by another name, which -fno-vectorize doesn't forbid.
#include "loop.h"

PROGRAM u64 sieve(u8 *data)
{
    u64 primes = 0;
    for (u32 i = 0; i < LENGTH; i++)
        data[i] |= 1;
    for (u32 i = 3; i < LENGTH; i += 2) {
        if (!data[i])
            continue;
        primes++;
        for (u32 j = i + i; j < LENGTH; j += i)
            data[j] = 0;
    }
    return primes;
}
