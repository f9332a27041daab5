using Holdfast.Isa.Abi;

namespace Holdfast.Userspace.Tests.TestRuns;

/// <summary>What the kernel answered to a test run.</summary>
internal sealed record KernelRun(Errno Error, uint ReturnValue, byte[] Data, byte[] Context);
