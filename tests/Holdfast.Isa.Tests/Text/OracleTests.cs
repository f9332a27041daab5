using System.IO.Compression;
using System.Text.Json;
using System.Text.RegularExpressions;
using Holdfast.Isa.Instructions;
using Holdfast.Isa.Text;

namespace Holdfast.Isa.Tests;

/// <summary>Real programs with what a 6.18 kernel said of them.</summary>
public sealed partial class OracleTests(ITestOutputHelper output)
{
    [Fact]
    public void TagsPrintsAndRoundTripsAgreeWithTheRecordings()
    {
        string folder = Repository.SharedFolder("oracle");
        (int tags, int lines, int slots) = (0, 0, 0);
        foreach (string file in Directory.GetFiles(folder, "*.jsonl.gz"))
        {
            using StreamReader reader = new(new GZipStream(File.OpenRead(file), CompressionMode.Decompress));
            while (reader.ReadLine() is string line)
            {
                using JsonDocument record = JsonDocument.Parse(line);
                if (!record.RootElement.TryGetProperty("insns", out JsonElement hex))
                {
                    continue;
                }

                Assert.True(InstructionStream.TryParse(Convert.FromHexString(hex.GetString()!), out Instruction[] program));
                slots += program.Length;
                tags += CompareTag(record.RootElement, program);
                lines += CompareLog(record.RootElement, program);
                foreach (DisassemblyStyle style in (ReadOnlySpan<DisassemblyStyle>)[DisassemblyStyle.Default, DisassemblyStyle.Mnemonic])
                {
                    Assert.True(Assembler.TryAssemble(Disassembler.Listing(program, style), out Instruction[] back, out _));
                    Assert.True(program.AsSpan().SequenceEqual(back));
                }
            }
        }

        output.WriteLine($"{tags} tags, {lines} log lines, {slots} slots");
        Assert.True(tags > 1000 && lines > 1000, $"{tags} tags, {lines} log lines");
    }

    private static int CompareTag(JsonElement record, Instruction[] program)
    {
        if (!record.TryGetProperty("tag", out JsonElement tag))
        {
            return 0;
        }

        Assert.Equal(tag.GetString(), Convert.ToHexStringLower(ProgramTag.Compute(program)));
        return 1;
    }

    private static int CompareLog(JsonElement record, Instruction[] program)
    {
        int compared = 0;
        string log = record.TryGetProperty("log", out JsonElement element) ? element.GetString() ?? "" : "";
        RecordedNames names = new(record);
        foreach (Match match in LogLine().Matches(log))
        {
            int index = int.Parse(match.Groups["index"].ValueSpan);
            if (index >= program.Length || program[index].IsLoadImmediate64)
            {
                continue;
            }

            string theirs = StateBehind().Replace(match.Groups["text"].Value, "");
            Assert.Equal(theirs, Disassembler.Format(program, index, DisassemblyStyle.KernelLog, names));
            compared++;
        }

        return compared;
    }

    /// <summary>Kernel functions by the names that the recording gives their ids.</summary>
    private sealed class RecordedNames(JsonElement record) : InstructionSymbols
    {
        public override string? Kfunc(int btfId, int descriptorIndex) =>
            record.TryGetProperty("kfuncs", out JsonElement names) && names.TryGetProperty($"{btfId}", out JsonElement name) ? name.GetString() : null;
    }

    /// <summary>A log's first line may be cut in front, so it must follow a line end.</summary>
    [GeneratedRegex(@"(?<=\n)(?<index>\d+): (?<text>\([0-9a-f]{2}\) .*)(?=\n)")]
    private static partial Regex LogLine();

    [GeneratedRegex(@"(\s+;| \d+: ).*$")]
    private static partial Regex StateBehind();
}
