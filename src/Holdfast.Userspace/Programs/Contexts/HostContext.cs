using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Holdfast.Execution;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Userspace.Programs.Contexts;

/// <summary>
/// What a program of one type runs on: the context that r1 points to and what lies behind it, in native memory that is laid out
/// as the type's <see cref="ContextLayout"/> says. Used by one thread at a time; a run allocates nothing.
/// </summary>
public abstract unsafe class HostContext : RunContext, IDisposable
{
    private readonly ContextLayout? _layout;
    private void* _memory;

    /// <summary>Makes a context.</summary>
    /// <param name="layout">Its layout; <see langword="null"/> for plain memory.</param>
    /// <param name="visibleSize">Bytes that programs see.</param>
    private protected HostContext(ContextLayout? layout, int visibleSize)
    {
        _layout = layout;
        VisibleSize = visibleSize;
        _memory = NativeMemory.AlignedAlloc((nuint)Math.Max(layout?.AllocationSize ?? visibleSize, 8), 8);
        new Span<byte>(_memory, Math.Max(layout?.AllocationSize ?? visibleSize, 8)).Clear();
    }

    /// <summary>Frees what wasn't disposed.</summary>
    ~HostContext() => Free();

    /// <summary>Address for r1.</summary>
    public nint Pointer => (nint)_memory;

    /// <summary>Bytes of the visible structure.</summary>
    public int VisibleSize { get; }

    /// <summary>The visible structure, as programs see it.</summary>
    public Span<byte> Visible => new(_memory, VisibleSize);

    /// <summary>What BPF_PROG_TEST_RUN gives back as data.</summary>
    public virtual ReadOnlySpan<byte> DataOut => [];

    /// <summary>Data behind <see cref="DataOut"/> that lies elsewhere (XDP fragments).</summary>
    public virtual ReadOnlySpan<byte> DataOutTail => [];

    /// <summary>What BPF_PROG_TEST_RUN gives back as context; empty if the type gives none back.</summary>
    public virtual ReadOnlySpan<byte> ContextOut => [];

    /// <summary>Runs a program once, with whatever the kernel does around each run of the type.</summary>
    /// <param name="program">The program.</param>
    /// <returns>The return value.</returns>
    public virtual uint RunOnce(ExecutableProgram program) => (uint)program.Run(this, Pointer);

    /// <summary>What the kernel does after the last run, before it reads the results.</summary>
    public virtual void Complete()
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees memory that a derived context holds.</summary>
    private protected virtual void FreeMore()
    {
    }

    // Safe: every offset here is a constant of the visible structure's kernel layout, within the allocation.
    internal ref uint Word(int offset) => ref Unsafe.AsRef<uint>((byte*)_memory + offset);

    internal ref ulong DoubleWord(int offset) => ref Unsafe.AsRef<ulong>((byte*)_memory + offset);

    /// <summary>A pointer slot behind the visible structure.</summary>
    internal ref ulong Slot(int slot) => ref DoubleWord(_layout!.PointerSlotOffset(slot));

    private void Free()
    {
        if (_memory != null)
        {
            NativeMemory.AlignedFree(_memory);
            _memory = null;
            FreeMore();
        }
    }
}
