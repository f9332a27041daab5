// The internet checksum of 1500 bytes: a sum of 16-bit words, folded.
#include "loop.h"

PROGRAM u64 checksum(u8 *data)
{
    u64 sum = 0;
    for (u32 i = 0; i < LENGTH; i += 2)
        sum += *(u16 *)(data + i);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return ~sum & 0xffff;
}
