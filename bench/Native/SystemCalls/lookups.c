// What a C program does to read a kernel map of u32 -> u64: the system call, key by key and in batches. Each returns the sum of the
// values, or ~0 on any failure.
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define FAILED (~0ull)

static long command(enum bpf_cmd number, union bpf_attr *attribute)
{
    return syscall(__NR_bpf, number, attribute, sizeof *attribute);
}

EXPORT unsigned long long lookup_keys(int map, const unsigned *keys, int count)
{
    unsigned long long sum = 0, value;
    union bpf_attr attribute;
    for (int i = 0; i < count; i++) {
        memset(&attribute, 0, sizeof attribute);
        attribute.map_fd = map;
        attribute.key = (unsigned long)&keys[i];
        attribute.value = (unsigned long)&value;
        if (command(BPF_MAP_LOOKUP_ELEM, &attribute) != 0)
            return FAILED;
        sum += value;
    }
    return sum;
}

EXPORT unsigned long long lookup_batches(int map, unsigned *keys, unsigned long long *values, unsigned batch)
{
    unsigned long long sum = 0;
    unsigned position = 0, next = 0;
    union bpf_attr attribute;
    for (int first = 1;; first = 0) {
        memset(&attribute, 0, sizeof attribute);
        attribute.batch.map_fd = map;
        attribute.batch.in_batch = first ? 0 : (unsigned long)&position;
        attribute.batch.out_batch = (unsigned long)&next;
        attribute.batch.keys = (unsigned long)keys;
        attribute.batch.values = (unsigned long)values;
        attribute.batch.count = batch;
        long result = command(BPF_MAP_LOOKUP_BATCH, &attribute);
        int last = result != 0;
        if (last && attribute.batch.count == 0)
            return sum;
        for (unsigned i = 0; i < attribute.batch.count; i++)
            sum += values[i];
        if (last)
            return sum;
        position = next;
    }
}
