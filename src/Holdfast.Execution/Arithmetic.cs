using System.Runtime.CompilerServices;
using System.Threading;

namespace Holdfast.Execution;

/// <summary>
/// Operations whose meaning in eBPF differs from the hardware's or C#'s, once for both engines (RFC 9669 sections 4.1 and 5.3).
/// Generated code calls them; RyuJIT inlines them there.
/// </summary>
internal static unsafe class Arithmetic
{
    // Division by zero gives 0, modulo zero leaves the dividend. C# throws for both, and for MinValue / -1.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Div64(ulong a, ulong b) => b == 0 ? 0 : a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Mod64(ulong a, ulong b) => b == 0 ? a : a % b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Div32(uint a, uint b) => b == 0 ? 0 : a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Mod32(uint a, uint b) => b == 0 ? a : a % b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Sdiv64(long a, long b) => b == 0 ? 0 : b == -1 ? unchecked(-a) : a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Smod64(long a, long b) => b == 0 ? a : b == -1 ? 0 : a % b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Sdiv32(int a, int b) => b == 0 ? 0 : b == -1 ? unchecked(-a) : a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Smod32(int a, int b) => b == 0 ? a : b == -1 ? 0 : a % b;

    // The address of an atomic was proven valid and aligned by the verifier.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong FetchXor64(ulong* address, ulong operand)
    {
        ulong seen = Volatile.Read(ref *address);
        while (true)
        {
            ulong old = Interlocked.CompareExchange(ref *address, seen ^ operand, seen);
            if (old == seen)
            {
                return old;
            }

            seen = old;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint FetchXor32(uint* address, uint operand)
    {
        uint seen = Volatile.Read(ref *address);
        while (true)
        {
            uint old = Interlocked.CompareExchange(ref *address, seen ^ operand, seen);
            if (old == seen)
            {
                return old;
            }

            seen = old;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add64(ulong* address, ulong operand) => Interlocked.Add(ref *address, operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add32(uint* address, uint operand) => Interlocked.Add(ref *address, operand);

    // Interlocked.Add gives the new value; eBPF wants the old one. Not inlined: RyuJIT (10.0) folds a constant added and
    // subtracted, forgets in doing so that the rest has an effect, and moves it behind later loads of the same address.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static ulong FetchAdd64(ulong* address, ulong operand) => Interlocked.Add(ref *address, operand) - operand;

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static uint FetchAdd32(uint* address, uint operand) => Interlocked.Add(ref *address, operand) - operand;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong FetchOr64(ulong* address, ulong operand) => Interlocked.Or(ref *address, operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint FetchOr32(uint* address, uint operand) => Interlocked.Or(ref *address, operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong FetchAnd64(ulong* address, ulong operand) => Interlocked.And(ref *address, operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint FetchAnd32(uint* address, uint operand) => Interlocked.And(ref *address, operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Exchange64(ulong* address, ulong operand) => Interlocked.Exchange(ref *address, operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Exchange32(uint* address, uint operand) => Interlocked.Exchange(ref *address, operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong CompareExchange64(ulong* address, ulong expected, ulong operand) =>
        Interlocked.CompareExchange(ref *address, operand, expected);

    // Not inlined: a cmpxchg that succeeds doesn't write eax, so the upper half of the register that the comparand came from
    // would stay in it, while RyuJIT (10.0) takes the result as zero-extended and drops the conversion. A call cuts to 32 bits.
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static uint CompareExchange32(uint* address, uint expected, uint operand) =>
        Interlocked.CompareExchange(ref *address, operand, expected);
}
