using System.Runtime.InteropServices;

namespace Holdfast.Isa.Abi;

/// <summary>Attribute of BPF_PROG_TEST_RUN, in the kernel's layout (<c>union bpf_attr</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public struct TestRunAttribute
{
    /// <summary><c>prog_fd</c></summary>
    public uint ProgFd;

    /// <summary><c>retval</c></summary>
    public uint Retval;

    /// <summary><c>data_size_in</c></summary>
    public uint DataSizeIn;

    /// <summary><c>data_size_out</c></summary>
    public uint DataSizeOut;

    /// <summary><c>data_in</c></summary>
    public ulong DataIn;

    /// <summary><c>data_out</c></summary>
    public ulong DataOut;

    /// <summary><c>repeat</c></summary>
    public uint Repeat;

    /// <summary><c>duration</c></summary>
    public uint Duration;

    /// <summary><c>ctx_size_in</c></summary>
    public uint CtxSizeIn;

    /// <summary><c>ctx_size_out</c></summary>
    public uint CtxSizeOut;

    /// <summary><c>ctx_in</c></summary>
    public ulong CtxIn;

    /// <summary><c>ctx_out</c></summary>
    public ulong CtxOut;

    /// <summary><c>flags</c></summary>
    public uint Flags;

    /// <summary><c>cpu</c></summary>
    public uint Cpu;

    /// <summary><c>batch_size</c></summary>
    public uint BatchSize;
}
