using System.Numerics;

namespace Holdfast.Execution.Jit;

/// <summary>A set of the registers r0 to r9 (r10 never changes, so no analysis asks for it).</summary>
/// <param name="Bits">Bit <c>n</c> is register <c>n</c>.</param>
internal readonly record struct RegisterSet(ushort Bits)
{
    public const int Count = 10;

    public static RegisterSet None => default;

    /// <summary>r1 to r5: what calls take and destroy.</summary>
    public static RegisterSet Arguments => new(0b11_1110);

    public static RegisterSet Of(int register) => new((ushort)((1 << register) & 0x3ff));

    public bool Contains(int register) => (Bits >> register & 1) != 0;

    public static RegisterSet operator |(RegisterSet a, RegisterSet b) => new((ushort)(a.Bits | b.Bits));

    public static RegisterSet operator &(RegisterSet a, RegisterSet b) => new((ushort)(a.Bits & b.Bits));

    public static RegisterSet operator -(RegisterSet a, RegisterSet b) => new((ushort)(a.Bits & ~b.Bits));

    public Enumerator GetEnumerator() => new(Bits);

    public struct Enumerator(ushort bits)
    {
        private int _rest = bits;

        public int Current { get; private set; } = -1;

        public bool MoveNext()
        {
            if (_rest == 0)
            {
                return false;
            }

            Current = BitOperations.TrailingZeroCount(_rest);
            _rest &= _rest - 1;
            return true;
        }
    }
}
