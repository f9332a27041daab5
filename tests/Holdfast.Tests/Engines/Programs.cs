using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Isa.Text;

namespace Holdfast.Tests.Engines;

/// <summary>Programs as text.</summary>
internal static class Programs
{
    public const string ReturnOne = "r0 = 1\nexit";

    public static Instruction[] Assemble(string text)
    {
        Assert.True(Assembler.TryAssemble(text, out Instruction[] instructions, out IReadOnlyList<AssemblyDiagnostic> diagnostics), string.Join('\n', diagnostics));
        return instructions;
    }

    /// <summary>Loads a program: a descriptor, or the negated error.</summary>
    public static int Load(IBpfEngine bpf, string text, ProgramType type = ProgramType.SocketFilter, string license = "GPL") =>
        bpf.ProgLoad(new ProgLoadRequest { Type = type, Instructions = Assemble(text), License = license }, out _);

    /// <summary>Loads a program that must be accepted.</summary>
    public static int Accept(IBpfEngine bpf, string text, ProgramType type = ProgramType.SocketFilter)
    {
        int descriptor = Load(bpf, text, type);
        Assert.True(descriptor > 0, $"{(Errno)(-descriptor)}: {bpf.LastFailure}");
        return descriptor;
    }
}
