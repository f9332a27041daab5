using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Userspace.Helpers;

namespace Holdfast.Userspace.Tests.Helpers;

/// <summary>Helpers that ask about this process, need no kernel to compare with, and must never crash it.</summary>
public sealed unsafe class ProcessHelperTests
{
    private static readonly RunContext Context = new() { ExecutionSlot = 3 };

    [Theory]
    [InlineData(HelperId.ProbeRead)]
    [InlineData(HelperId.ProbeReadKernel)]
    [InlineData(HelperId.ProbeReadUser)]
    [InlineData(HelperId.ProbeReadStr)]
    [InlineData(HelperId.ProbeReadKernelStr)]
    [InlineData(HelperId.ProbeReadUserStr)]
    [InlineData(HelperId.CopyFromUser)]
    public void Bad_addresses_give_an_error_and_zeros(HelperId helper)
    {
        byte* memory = stackalloc byte[16];
        foreach (ulong address in (ulong[])[0, 1, 4095, 0xffff_8000_0000_0000, ulong.MaxValue, ulong.MaxValue - 7, 1UL << 47])
        {
            new Span<byte>(memory, 16).Fill(0xaa);
            Assert.Equal(-(long)Errno.EFAULT, (long)Call(helper, (ulong)memory, 8, address));
            Assert.True(new ReadOnlySpan<byte>(memory, 16).SequenceEqual((byte[])[0, 0, 0, 0, 0, 0, 0, 0, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa]));
        }
    }

    [Fact]
    public void Good_addresses_are_read()
    {
        byte* memory = stackalloc byte[16];
        fixed (byte* text = "hold\0fast"u8)
        {
            Assert.Equal(0UL, Call(HelperId.ProbeReadUser, (ulong)memory, 9, (ulong)text));
            Assert.Equal((byte)'t', memory[8]);
            Assert.Equal(5UL, Call(HelperId.ProbeReadUserStr, (ulong)memory, 16, (ulong)text));
            Assert.Equal(3UL, Call(HelperId.ProbeReadUserStr, (ulong)memory, 3, (ulong)text));
            Assert.Equal("ho\0", Encoding.ASCII.GetString(memory, 3));
        }
    }

    /// <summary>A text at the very end of mapped memory is read without touching what follows.</summary>
    [Fact]
    public void Texts_end_before_unmapped_pages()
    {
        byte* memory = stackalloc byte[64];
        nuint page = (nuint)Environment.SystemPageSize;
        byte* block = (byte*)NativeMemory.AlignedAlloc(page * 2, page);
        try
        {
            "end\0"u8.CopyTo(new Span<byte>(block + page - 4, 4));
            Assert.Equal(4UL, Call(HelperId.ProbeReadKernelStr, (ulong)memory, 64, (ulong)(block + page - 4)));
        }
        finally
        {
            NativeMemory.AlignedFree(block);
        }
    }

    [Fact]
    public void The_process_is_this_one()
    {
        byte* name = stackalloc byte[16];
        ulong ids = Call(HelperId.GetCurrentPidTgid);
        Assert.Equal((ulong)Environment.ProcessId, ids >> 32);
        Assert.True(Directory.Exists($"/proc/self/task/{(uint)ids}"));
        Assert.Equal(0UL, Call(HelperId.GetCurrentComm, (ulong)name, 16));
        Assert.Equal(File.ReadAllText($"/proc/self/task/{(uint)ids}/comm").TrimEnd('\n'), Marshal.PtrToStringUTF8((nint)name));
        Assert.Equal(3UL, Call(HelperId.GetSmpProcessorId));
        string[] status = File.ReadAllLines("/proc/self/status");
        Assert.Equal(status.Single(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[1], ((uint)Call(HelperId.GetCurrentUidGid)).ToString());
    }

    [Fact]
    public void Clocks_run_forward_and_stay_together()
    {
        foreach (HelperId clock in (HelperId[])[HelperId.KtimeGetNs, HelperId.KtimeGetBootNs, HelperId.KtimeGetTaiNs, HelperId.KtimeGetCoarseNs])
        {
            ulong first = Call(clock);
            Assert.True(first > 0 && Call(clock) >= first, clock.ToString());
        }

        Assert.Equal(Stopwatch.GetTimestamp(), (double)Call(HelperId.KtimeGetNs), 1e9);
    }

    [Fact]
    public void Printing_goes_to_the_pipe()
    {
        string? said = null;
        int thread = Environment.CurrentManagedThreadId;
        TracePipe.TraceReader? before = TracePipe.SetReader(text => said = Environment.CurrentManagedThreadId == thread ? Encoding.UTF8.GetString(text) : said);
        try
        {
            fixed (byte* format = "saw %d of %s at %llx\n\0"u8, name = "flow\0"u8)
            {
                Assert.Equal(22UL, Call(HelperId.TracePrintk, (ulong)format, 22, 7, (ulong)name, 0xabcd));
            }
        }
        finally
        {
            _ = TracePipe.SetReader(before);
        }

        Assert.Equal("saw 7 of flow at abcd\n", said);
    }

    [Fact]
    public void Dynptrs_keep_within_their_memory()
    {
        ulong* dynptr = stackalloc ulong[2];
        byte* memory = stackalloc byte[32];
        byte* copy = stackalloc byte[8];
        Assert.Equal(-(long)Errno.E2BIG, (long)Call(HelperId.DynptrFromMem, (ulong)memory, 1 << 24, 0, (ulong)dynptr));
        Assert.Equal(-(long)Errno.EINVAL, (long)Call(HelperId.DynptrFromMem, (ulong)memory, 32, 1, (ulong)dynptr));
        Assert.Equal(0UL, Call(HelperId.DynptrData, (ulong)dynptr, 0, 1));
        Assert.Equal(0UL, Call(HelperId.DynptrFromMem, (ulong)memory, 32, 0, (ulong)dynptr));
        *(ulong*)copy = 0x1122334455667788;
        Assert.Equal(0UL, Call(HelperId.DynptrWrite, (ulong)dynptr, 24, (ulong)copy, 8));
        Assert.Equal(0x1122334455667788UL, *(ulong*)(memory + 24));
        Assert.Equal(-(long)Errno.E2BIG, (long)Call(HelperId.DynptrWrite, (ulong)dynptr, 25, (ulong)copy, 8));
        Assert.Equal(-(long)Errno.E2BIG, (long)Call(HelperId.DynptrRead, (ulong)copy, 8, (ulong)dynptr, uint.MaxValue));
        Assert.Equal((ulong)(memory + 8), Call(HelperId.DynptrData, (ulong)dynptr, 8, 24));
        Assert.Equal(0UL, Call(HelperId.DynptrData, (ulong)dynptr, 8, 25));
    }

    /// <summary>A lock is exclusive under threads, and one whose holder is gone is taken over.</summary>
    [Fact]
    public void Locks_exclude_and_are_not_lost()
    {
        int* state = (int*)NativeMemory.AllocZeroed(16);
        long count = 0;
        Parallel.For(0, 4, _ =>
        {
            for (int i = 0; i < 10_000; i++)
            {
                Call(HelperId.SpinLock, (ulong)state);
                count++;
                Call(HelperId.SpinUnlock, (ulong)state);
            }
        });
        Assert.Equal(40_000, count);
        *state = 1;
        Call(HelperId.SpinLock, (ulong)state);
        Assert.Equal(1, *state);
        NativeMemory.Free(state);
    }

    [Fact]
    public void What_is_absent_has_a_reason()
    {
        HashSet<HelperId> present = [.. UserspaceHelpers.Table.Helpers];
        foreach (HelperId helper in Enum.GetValues<HelperId>().Where(helper => !present.Contains(helper)))
        {
            Assert.NotEmpty(UserspaceHelpers.WhyAbsent(helper));
        }

        Assert.DoesNotContain(HelperId.SendSignal, present);
        Assert.DoesNotContain(HelperId.ProbeWriteUser, present);
        Assert.True(present.Count > 90, $"{present.Count} helpers");
    }

    private static ulong Call(HelperId helper, ulong r1 = 0, ulong r2 = 0, ulong r3 = 0, ulong r4 = 0, ulong r5 = 0) =>
        UserspaceHelpers.Table.Find(helper)(Context, r1, r2, r3, r4, r5);
}
