using Holdfast.Isa.Abi;
using Holdfast.Objects;
using Holdfast.Tests.Engines;
using Holdfast.Verifier;

namespace Holdfast.Tests.Objects;

/// <summary>What a kernel lacks is named in one line, with the remedy, and nothing stays behind.</summary>
public sealed class MissingTests
{
    public static TheoryData<string, string, Errno, string> Cases
    {
        get
        {
            (string Program, Errno Errno, string Message)[] cases =
            [
                ("missing_function", Errno.ENOENT, "the kernel's types have no 'bpf_holdfast_missing', which the object needs; declare it __weak and guard its use, or load it on a kernel that has it"),
                ("wrong_function", Errno.EINVAL, "the kernel's 'bpf_task_release' has another type than the object declares; take the declaration from this kernel (bpftool btf dump file /sys/kernel/btf/vmlinux format c)"),
                ("missing_symbol", Errno.ENOENT, "the kernel has no symbol 'holdfast_missing_symbol' (/proc/kallsyms), which the object needs; declare it __weak, or load it on a kernel that has it"),
                ("missing_variable", Errno.ENOENT, "the kernel's types have no 'holdfast_missing_variable', which the object needs; declare it __weak and guard its use, or load it on a kernel that has it"),
                ("missing_target", Errno.ENOENT, "the kernel's types have no function 'holdfast_missing_target' to attach to; name one that this kernel has, or leave the program out (BpfObjectSpec.Without)"),
                ("missing_tracepoint", Errno.ENOENT, "the kernel's types have no tracepoint 'holdfast_missing_tracepoint' (btf_trace_holdfast_missing_tracepoint) to attach to; name one that this kernel has, or leave the program out (BpfObjectSpec.Without)"),
                ("no_target", Errno.EINVAL, "its section 'iter' names no target; name one in it, or set ProgramSpec.AttachTarget"),
            ];
            TheoryData<string, string, Errno, string> data = [];
            foreach (string engine in new[] { "user", "kernel" })
            {
                foreach ((string program, Errno errno, string message) in cases)
                    data.Add(engine, program, errno, message);
            }

            return data;
        }
    }

    public static TheoryData<string> Engines => EngineUnderTest.Names;

    [Theory]
    [MemberData(nameof(Cases))]
    public void ItIsNamed(string engine, string program, Errno errno, string message)
    {
        Assert.SkipUnless(File.Exists("/sys/kernel/btf/vmlinux"), "this kernel tells no types");
        using EngineUnderTest under = EngineUnderTest.Open(engine, forVerdicts: true);
        BpfException missing = Assert.Throws<BpfException>(() => under.Bpf.Load(Samples.Own("missing").WithOnly(program)));
        Assert.Equal($"program '{program}': {message} [{errno}]", missing.Message);
        Assert.Equal(errno, missing.Errno);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void AMissingFieldIsNamedWithTheLineThatReadsIt(string engine)
    {
        VerificationReport report = Rejection(engine, "missing_field");
        Assert.Contains("struct task_struct.holdfast_missing_field", report.Reason, StringComparison.Ordinal);
        Assert.Contains("bpf_core_field_exists()", report.Reason, StringComparison.Ordinal);
        Assert.Equal("seen = task->holdfast_missing_field;", report.Source!.Text.Trim());
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void AMissingWeakFunctionThatIsCalledIsNamedWithTheLineThatCallsIt(string engine)
    {
        VerificationReport report = Rejection(engine, "missing_weak_function");
        Assert.Equal("the kernel has no function 'bpf_holdfast_weak' (__ksym __weak); guard the call with bpf_ksym_exists()", report.Reason);
        Assert.Equal("return bpf_holdfast_weak(1);", report.Source!.Text.Trim());
    }

    [Theory]
    [InlineData("missing", "missing_field", "program 'missing_field' (CO-RE)")]
    [InlineData("missing", "missing_function", "program 'missing_function' (__ksym 'bpf_holdfast_missing')")]
    [InlineData("missing", "missing_target", "program 'missing_target'")]
    [InlineData("congestion", "undo", "struct_ops table 'linked'")]
    public void AKernelWithoutTypesIsTold(string fixture, string program, string who)
    {
        using EngineUnderTest kernel = EngineUnderTest.Open("kernel");
        BpfException missing = Assert.Throws<BpfException>(
            () => kernel.Bpf.Load(Samples.Own(fixture).WithOnly(program), new BpfLoadOptions { KernelBtfPath = "/nonexistent/vmlinux" }));
        Assert.Equal(
            $"{who} needs the kernel's types, and /nonexistent/vmlinux tells none; use a kernel built with CONFIG_DEBUG_INFO_BTF, or give BpfLoadOptions.KernelBtf [ENOTSUPP]",
            missing.Message);
    }

    [Fact]
    public void WithoutTypesWhatNeedsNoneIsLoaded()
    {
        using EngineUnderTest kernel = EngineUnderTest.Open("kernel");
        using BpfObject loaded = kernel.Bpf.Load(Samples.Own("kinds"), new BpfLoadOptions { KernelBtfPath = "/nonexistent/vmlinux" });
        Assert.Equal(12, loaded.Programs.Count);
    }

    [Fact]
    public void WhatIsLeftToTheLoaderIsNamed()
    {
        using EngineUnderTest kernel = EngineUnderTest.Open("kernel");
        BpfObjectSpec spec = Samples.Own("unnamed");
        BpfException untyped = Assert.Throws<BpfException>(() => kernel.Bpf.Load(spec));
        Assert.Equal("program 'untyped': its section 'holdfast/anything' says no program type; name the section as libbpf does, or set ProgramSpec.Type (--type) [EINVAL]", untyped.Message);
        spec = spec.WithProgram("untyped", program => program with { Type = ProgramType.SocketFilter });
        BpfException unset = Assert.Throws<BpfException>(() => kernel.Bpf.Load(spec));
        Assert.Equal("create map 'sized_later' (Hash): its max_entries is 0, left to the loader; set it by BpfObjectSpec.WithMap [EINVAL]", unset.Message);
        using BpfObject loaded = kernel.Bpf.Load(spec.WithMap("sized_later", map => map with { MaxEntries = 4 }));
        Assert.Equal(0u, loaded.Program("untyped").TestRun(new byte[64]));
    }

    private static VerificationReport Rejection(string engine, string program)
    {
        Assert.SkipUnless(File.Exists("/sys/kernel/btf/vmlinux"), "this kernel tells no types");
        using EngineUnderTest under = EngineUnderTest.Open(engine, forVerdicts: true);
        return Assert.Throws<VerificationException>(() => under.Bpf.Load(Samples.Own("missing").WithOnly(program))).Report;
    }
}
