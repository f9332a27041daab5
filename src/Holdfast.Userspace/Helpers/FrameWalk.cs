using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Holdfast.Userspace.Helpers;

/// <summary>
/// The calling thread's stack, by frame pointers, as the kernel walks user stacks (<c>perf_callchain_user</c>). Code that RyuJIT makes on Linux and the
/// runtime itself have them; a native library without them is passed over, or ends the walk.
/// </summary>
internal static unsafe partial class FrameWalk
{
    // ucontext_t of x86-64: two words, a stack_t of three, then the general registers.
    private const int ContextBytes = 1024; // 968 are used
    private const int FramePointerOffset = 40 + (10 * sizeof(ulong)); // REG_RBP
    private const int StackPointerOffset = 40 + (15 * sizeof(ulong)); // REG_RSP
    private const int ThreadAttributesBytes = 64; // pthread_attr_t: 56

    [ThreadStatic]
    private static nuint _stackEnd;

    /// <summary>Collects return addresses, the innermost first.</summary>
    /// <param name="host">An address on the stack: frames deeper than it are the engine's, and left out.</param>
    /// <param name="addresses">Receives addresses.</param>
    /// <returns>How many; 0 where there are no frames to be found.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int Collect(nint host, Span<ulong> addresses)
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
            return 0;
        nuint end = StackEnd();
        int count = 0;
        byte* context = stackalloc byte[ContextBytes];
        if (GetContext(context) != 0)
            return 0;

        // Where the runtime calls by a stub the pointer is the stub's, which has returned: what it saved, this method's, is still in the red zone
        // (128 bytes below the stack pointer, that signals leave alone), as nothing was called since.
        nuint frame = *(nuint*)(context + FramePointerOffset);
        if (frame < (nuint)context && frame >= *(nuint*)(context + StackPointerOffset))
            frame = *(nuint*)frame;

        // Safe: every word that is read lies between this frame and the end of the thread's own stack, which is mapped; a frame is above the one before.
        nuint lowest = (nuint)context;
        for (; count < addresses.Length; frame = *(nuint*)frame)
        {
            if (frame <= lowest || frame % (nuint)sizeof(nuint) != 0 || frame > end - (2 * (nuint)sizeof(nuint)))
                break;
            lowest = frame;
            ulong address = ((ulong*)frame)[1];
            if (address == 0)
                break;
            if (frame > (nuint)host)
                addresses[count++] = address;
        }

        return count;
    }

    /// <summary>Where the thread's stack ends, above its outermost frame.</summary>
    private static nuint StackEnd()
    {
        if (_stackEnd != 0)
            return _stackEnd;
        byte* attributes = stackalloc byte[ThreadAttributesBytes];
        if (ThreadAttributes(ThreadSelf(), attributes) != 0)
            return 2 * (nuint)sizeof(nuint);
        int found = StackOf(attributes, out nuint start, out nuint size);
        _ = DestroyAttributes(attributes);
        return _stackEnd = found == 0 ? start + size : 2 * (nuint)sizeof(nuint);
    }

    [LibraryImport("libc", EntryPoint = "getcontext")]
    [SuppressGCTransition]
    private static partial int GetContext(byte* context);

    [LibraryImport("libc", EntryPoint = "pthread_self")]
    private static partial nuint ThreadSelf();

    [LibraryImport("libc", EntryPoint = "pthread_getattr_np")]
    private static partial int ThreadAttributes(nuint thread, byte* attributes);

    [LibraryImport("libc", EntryPoint = "pthread_attr_getstack")]
    private static partial int StackOf(byte* attributes, out nuint start, out nuint size);

    [LibraryImport("libc", EntryPoint = "pthread_attr_destroy")]
    private static partial int DestroyAttributes(byte* attributes);
}
