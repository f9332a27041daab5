using System.IO.Compression;
using System.Text.Json;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Verifier.Tests.Prototypes;

/// <summary>Which helpers a program type may call: against recorded capabilities and the running kernel.</summary>
public sealed class HelperAvailabilityTests
{
    private static IEnumerable<HelperId> Helpers => Enum.GetValues<HelperId>().Where(helper => helper != HelperId.Unspec);

    [Fact]
    public void Recorded_capabilities_are_met_set_by_set()
    {
        string path = SharedFiles.FindOrSkip("oracle/capabilities.jsonl.gz");
        using GZipStream stream = new(File.OpenRead(path), CompressionMode.Decompress);
        using StreamReader reader = new(stream);
        Differences differences = new();
        int compared = 0;
        while (reader.ReadLine() is { } line)
        {
            using JsonDocument row = JsonDocument.Parse(line);
            if (row.RootElement.TryGetProperty("helpers", out JsonElement helpers))
            {
                compared += Compare(row.RootElement, helpers, differences) ? 1 : 0;
            }
        }

        differences.AssertNone();
        Assert.True(compared >= 25, $"only {compared} program types were compared");
    }

    [Fact]
    public void The_kernel_offers_the_same_helpers_for_every_type_and_attach_type()
    {
        KernelOracle.SkipUnlessAvailable();
        Differences differences = new();
        foreach ((ProgramType type, AttachType attachType) in AttachTypes.All())
        {
            if (ProgramTypes.Find(type) is { } definition && Loads(type, attachType))
            {
                VerificationRequest request = Request(definition, attachType);
                foreach (HelperId helper in Helpers)
                {
                    CompareWithKernel(definition, request, helper, differences);
                }
            }
        }

        differences.AssertNone();
    }

    private static bool Loads(ProgramType type, AttachType attachType) =>
        KernelOracle.Load([Insn.Mov64Imm(0, 1), Insn.Exit()], type, attachType).Result >= 0;

    private static void CompareWithKernel(ProgramTypeDefinition definition, VerificationRequest request, HelperId helper, Differences differences)
    {
        Instruction[] program = [Insn.Mov64Imm(0, 0), Insn.Call(helper), Insn.Mov64Imm(0, 1), Insn.Exit()];
        (_, string log) = KernelOracle.Load(program, definition.Type, request.AttachType);
        (_, string proprietary) = KernelOracle.Load(program, definition.Type, request.AttachType, license: "Proprietary");
        HelperPrototype? ours = definition.FindHelper(helper, request);
        bool offered = !log.Contains("program of this type cannot use helper", StringComparison.Ordinal)
            && !log.Contains("unknown func", StringComparison.Ordinal);
        if (offered != ours is not null)
        {
            differences.Add($"{definition.Name}/{request.AttachType}", $"{helper} kernel {offered}, ours {ours is not null}: {log}");
        }
        else if (ours is not null && ours.GplOnly != proprietary.Contains("cannot call GPL-restricted", StringComparison.Ordinal))
        {
            differences.Add($"{definition.Name}/{request.AttachType}", $"{helper} GPL only? ours {ours.GplOnly}");
        }
    }

    private static bool Compare(JsonElement row, JsonElement helpers, Differences differences)
    {
        ProgramType type = (ProgramType)row.GetProperty("prog_type").GetUInt32();
        string attach = row.GetProperty("attach").GetString()!.Replace("_", "", StringComparison.Ordinal);
        if (ProgramTypes.Find(type) is not { } definition)
        {
            return false;
        }

        AttachType attachType = attach.Length == 0 ? default : Enum.Parse<AttachType>(attach, ignoreCase: true);
        HashSet<int> theirs = [.. helpers.EnumerateArray().Select(element => element.GetInt32())];
        VerificationRequest request = Request(definition, attachType);
        HashSet<int> ours = [.. Helpers.Select(helper => definition.FindHelper(helper, request)).OfType<HelperPrototype>()
            .Select(found => found.GplOnly ? -(int)found.Id : (int)found.Id)];
        foreach (int id in theirs.Except(ours).Union(ours.Except(theirs)))
        {
            differences.Add($"{definition.Name}/{attachType}", $"{(HelperId)Math.Abs(id)} ({id}) kernel {theirs.Contains(id)}, ours {ours.Contains(id)}");
        }

        return true;
    }

    private static VerificationRequest Request(ProgramTypeDefinition definition, AttachType attachType) => new()
    {
        Type = definition,
        AttachType = attachType,
        Instructions = [],
    };
}
