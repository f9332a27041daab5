using Holdfast.Btf;
using Holdfast.Isa.Instructions;

namespace Holdfast.Cli.Replay;

/// <summary>
/// Ids of the recording kernel's types as the running kernel numbers them, for a replay in a kernel: types are found again by
/// kind and name. The userspace engine verifies against the recording kernel's types and needs none of this.
/// </summary>
internal sealed class KernelTypeMapping
{
    private const string RunningTypes = "/sys/kernel/btf/vmlinux";

    private readonly BtfGraph _recorded;
    private readonly BtfGraph _running;

    private KernelTypeMapping(BtfGraph recorded, BtfGraph running)
    {
        _recorded = recorded;
        _running = running;
    }

    /// <summary>The mapping to the running kernel's ids.</summary>
    /// <param name="recorded">The recording kernel's types.</param>
    /// <returns>The mapping; null if ids are the same, or not known.</returns>
    public static KernelTypeMapping? ToRunningKernel(BtfGraph? recorded)
    {
        if (recorded is null || !File.Exists(RunningTypes))
            return null;
        byte[] bytes = File.ReadAllBytes(RunningTypes);
        return !recorded.RawBytes.Span.SequenceEqual(bytes) && BtfGraph.TryRead(bytes, null, out BtfGraph? running, out _)
            ? new KernelTypeMapping(recorded, running)
            : null;
    }

    /// <summary>The running kernel's id; the recorded one if there is no such type.</summary>
    public uint Map(uint id) => id != 0
        && _recorded.TryGetType(id, out BtfType? type)
        && _running.FindByName(type.Name, type.Kind) is { } found ? found.Id : id;

    /// <summary>Changes the ids in calls of kernel functions and loads of kernel symbols.</summary>
    public void Map(Instruction[] instructions)
    {
        for (int slot = 0; slot < instructions.Length; slot++)
        {
            Instruction instruction = instructions[slot];
            bool symbol = instruction.IsLoadImmediate64 && (PseudoLoad)instruction.Source == PseudoLoad.BtfId;
            if (symbol || (instruction.IsKfuncCall && instruction.Offset == 0))
                instructions[slot] = instruction with { Immediate = (int)Map((uint)instruction.Immediate) };
            if (instruction.IsLoadImmediate64)
                slot++;
        }
    }
}
