using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Holdfast.Btf;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Isa.Text;
using Holdfast.Verifier.Tests.Prototypes;

namespace Holdfast.Verifier.Tests.Cases;

/// <summary>Gives a case to the verifier, and to the running kernel.</summary>
internal static partial class CaseRun
{
    private const int LogBytes = 1 << 16;

    /// <summary><c>BPF_LOG_STATS</c>: no states, so the log of no program is too long.</summary>
    private const uint MessagesOnly = 4;

    /// <summary>The verdict of our verifier, as a case writes it.</summary>
    public static string Ours(Case one)
    {
        BtfGraph? types = one.Types is { } own ? BtfGraph.Read(own.Bytes) : null;
        MapDescription[] maps = [.. one.Maps.Select(map => new MapDescription
        {
            Type = map.Type,
            KeySize = map.KeySize,
            ValueSize = map.ValueSize,
            MaxEntries = map.MaxEntries,
            Flags = map.Flags,
            Name = map.Name,
            Btf = map.ValueType is null ? null : types,
            BtfKeyTypeId = map.ValueType is null ? 0 : one.Types!["int"],
            BtfValueTypeId = map.ValueType is null ? 0 : one.Types![map.ValueType],
        })];
        VerificationReport report = ProgramVerifier.Verify(new()
        {
            Type = one.Type,
            AttachType = one.AttachType,
            AttachBtfId = Target(one),
            Instructions = [.. Assemble(one, index => index)],
            Flags = one.Flags,
            License = one.License,
            ResolveMap = index => index < maps.Length ? maps[index] : null,
            Btf = types,
            Functions = [.. one.Types?.Functions ?? []],
            KernelBtf = KernelTypes.Graph,
            Log = new() { Level = 2 },
        }).Report;
        Assert.Contains("processed ", report.Log, StringComparison.Ordinal);
        return report.Accepted ? "accept" : $"{report.Error} {report.Reason}";
    }

    /// <summary>The kernel's verdict: <c>accept</c>, or errno and all messages; <c>BPF_BTF_LOAD</c> and errno where it refuses the types already.</summary>
    public static (string Verdict, string Log) Kernels(Case one)
    {
        using RawKernel kernel = new();
        List<int> opened = [];
        try
        {
            int types = one.Types is { } own ? kernel.BtfLoad(own.Bytes) : 0;
            if (types < 0)
            {
                return ("BPF_BTF_LOAD", ((Errno)(-types)).ToString());
            }

            if (types > 0)
            {
                opened.Add(types);
            }

            int[] maps = [.. one.Maps.Select(map => Keep(opened, kernel.MapCreate(Attribute(one, map, types)), $"BPF_MAP_CREATE {map.Name}"))];
            Instruction[] code = Assemble(one, index => maps[index]);
            byte[] log = new byte[LogBytes];
            FunctionInfo[] functions = [.. one.Types?.Functions ?? []];
            int result = kernel.ProgLoad(
                new()
                {
                    Type = one.Type.Type,
                    ExpectedAttachType = one.AttachType,
                    AttachBtfId = Target(one),
                    Instructions = code,
                    License = one.License,
                    Flags = one.Flags,
                    LogLevel = MessagesOnly,
                    Log = log,
                    BtfDescriptor = types,
                    FuncInfo = MemoryMarshal.AsBytes<FunctionInfo>(functions),
                    FuncInfoRecordSize = functions.Length == 0 ? 0u : 8,
                },
                out _);
            if (result >= 0)
            {
                opened.Add(result);
            }

            return (result >= 0 ? "accept" : ((Errno)(-result)).ToString(), Encoding.UTF8.GetString(log, 0, Math.Max(Array.IndexOf(log, (byte)0), 0)));
        }
        finally
        {
            opened.ForEach(descriptor => _ = kernel.Close(descriptor));
        }
    }

    /// <summary>Whether the case needs what only a kernel's types tell.</summary>
    public static bool NeedsKernelTypes(Case one) => one.Target is not null || Named().Matches(one.Code).Any(match => !one.Maps.Any(map => map.Name == match.Groups[1].Value));

    private static MapCreateAttribute Attribute(Case one, CaseMap map, int types) => new()
    {
        MapType = map.Type,
        KeySize = map.KeySize,
        ValueSize = map.ValueSize,
        MaxEntries = map.MaxEntries,
        MapFlags = map.Flags,
        MapName = ObjectName.From(map.Name),
        BtfFd = map.ValueType is null ? 0 : (uint)types,
        BtfKeyTypeId = map.ValueType is null ? 0 : one.Types!["int"],
        BtfValueTypeId = map.ValueType is null ? 0 : one.Types![map.ValueType],
    };

    private static int Keep(List<int> opened, int descriptor, string what)
    {
        Assert.True(descriptor >= 0, $"{what}: {(Errno)(-descriptor)}");
        opened.Add(descriptor);
        return descriptor;
    }

    private static uint Target(Case one) => one.Target is { } name ? KernelTypes.Graph!.FindIds(name).First() : 0;

    private static Instruction[] Assemble(Case one, Func<int, int> descriptorOf)
    {
        string text = Named().Replace(one.Code, match =>
        {
            string name = match.Groups[1].Value;
            int index = one.Maps.ToList().FindIndex(map => map.Name == name);
            return index >= 0
                ? descriptorOf(index).ToString(CultureInfo.InvariantCulture)
                : FormattableString.Invariant($"kfunc#{KernelTypes.Graph!.FindByName<BtfFunction>(name)?.Id ?? throw new FormatException($"{one.Name}: the kernel has no function {name}")}");
        });
        Assert.True(Assembler.TryAssemble(text, out Instruction[] program, out IReadOnlyList<AssemblyDiagnostic> diagnostics), string.Join('\n', diagnostics));
        return program;
    }

    [GeneratedRegex(@"@(\w+)")]
    private static partial Regex Named();
}
