using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Holdfast.Storage.Memory;

/// <summary>Asks for cache lines before they are needed, so that the waits for several overlap.</summary>
internal static unsafe class Prefetch
{
    /// <summary>Asks for a line. Any address will do: where nothing is mapped, or a file has a hole, nothing happens.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Line(void* place)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(place);
    }
}
