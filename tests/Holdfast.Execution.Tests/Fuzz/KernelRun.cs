using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Kernel;

namespace Holdfast.Execution.Tests.Fuzz;

/// <summary>The running kernel as an oracle: a syscall program's context is plain memory, as our entry memory is.</summary>
internal sealed class KernelRun : IDisposable
{
    private readonly KernelEngine _kernel = new();

    /// <summary>Why the kernel can't be asked, or <see langword="null"/>.</summary>
    public string? Unavailable()
    {
        int descriptor = Load([Insn.Mov64Imm(0, 0), Insn.Exit()], out _);
        if (descriptor < 0)
        {
            return $"the kernel loads no syscall program here: {(Errno)(-descriptor)}";
        }

        _kernel.Close(descriptor);
        return null;
    }

    /// <summary>Runs a program on a memory, which changes.</summary>
    /// <returns>Whether the kernel accepted it; if not, with the end of its log.</returns>
    public bool TryRun(Instruction[] code, byte[] memory, out uint result, out string refusal)
    {
        result = 0;
        int descriptor = Load(code, out refusal);
        if (descriptor < 0)
        {
            return false;
        }

        int status = _kernel.TestRun(descriptor, new TestRunRequest { ContextIn = memory }, out TestRunResult outcome);
        _kernel.Close(descriptor);
        Assert.Equal(0, status);
        result = outcome.ReturnValue;
        return true;
    }

    public void Dispose() => _kernel.Dispose();

    private int Load(Instruction[] code, out string refusal)
    {
        byte[] log = new byte[1 << 16];
        int descriptor = _kernel.ProgLoad(
            new ProgLoadRequest { Type = ProgramType.Syscall, Flags = ProgramFlags.Sleepable, Instructions = code }, out _);
        refusal = "";
        if (descriptor < 0)
        {
            _ = _kernel.ProgLoad(
                new ProgLoadRequest { Type = ProgramType.Syscall, Flags = ProgramFlags.Sleepable, Instructions = code, LogLevel = 1, Log = log }, out _);
            string text = System.Text.Encoding.UTF8.GetString(log).TrimEnd('\0');
            refusal = $"{(Errno)(-descriptor)}: {text[Math.Max(0, text.Length - 400)..]}";
        }

        return descriptor;
    }
}
