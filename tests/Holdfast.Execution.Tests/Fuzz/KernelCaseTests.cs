using Holdfast.Execution.Tests.Support;
using Holdfast.Isa.Instructions;
using Holdfast.Isa.Text;

namespace Holdfast.Execution.Tests.Fuzz;

/// <summary>Our cases' results are the kernel's: each runs there as a function, whose r0 the program around it stores.</summary>
public sealed class KernelCaseTests
{
    [Fact]
    public void TheKernelGivesTheResultsOfOurCases()
    {
        using KernelRun kernel = new();
        if (kernel.Unavailable() is { } reason)
        {
            Assert.Skip(reason);
        }

        List<string> differences = [];
        foreach (string file in Directory.GetFiles(Repository.Cases, "*.data").Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileNameWithoutExtension(file);
            Assert.True(ConformanceCase.TryParse(name, File.ReadAllText(file), out ConformanceCase? testCase, out _));
            byte[] memory = [.. testCase!.Memory, .. new byte[8]];
            Instruction[] code =
            [
                Insn.Mov64Reg(6, 1),
                Insn.CallLocal(3),
                Insn.Store(MemorySize.Double, 6, (short)testCase.Memory.Length, 0),
                Insn.Mov64Imm(0, 0),
                Insn.Exit(),
                .. testCase.Program,
            ];
            if (!kernel.TryRun(code, memory, out _, out string refusal))
            {
                differences.Add($"{name}: refused, {refusal}");
            }
            else if (BitConverter.ToUInt64(memory, testCase.Memory.Length) is var result && result != testCase.Result)
            {
                differences.Add($"{name}: 0x{result:x}, the file says 0x{testCase.Result:x}");
            }
        }

        Assert.Empty(differences);
    }
}
