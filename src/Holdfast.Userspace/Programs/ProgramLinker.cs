using System.Collections.Immutable;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Isa.Instructions;
using Holdfast.Storage;
using Holdfast.Storage.Memory;
using Holdfast.Userspace.Helpers;
using Holdfast.Userspace.Maps;
using Holdfast.Verifier;

namespace Holdfast.Userspace.Programs;

/// <summary>Binds a verified program to this process's maps and helpers.</summary>
internal sealed class ProgramLinker(IExecutionEngine execution, HelperTable helpers, EngineSlots slots)
{
    private readonly HashSet<HelperId> _bound = [.. helpers.Helpers];

    /// <summary>The helper that a program calls and that has no meaning in a process, or <see langword="null"/>.</summary>
    public HelperId? FindMissingHelper(VerifiedProgram program)
    {
        for (int index = 0; index < program.Lowered.Length; index++)
        {
            Instruction instruction = program.Lowered[index];
            if (!program.Facts[index].IsReachable || !instruction.IsHelperCall)
                continue;
            HelperId helper = (HelperId)instruction.Immediate;
            // Tail calls and callbacks' hosts are known to the execution engines; the rest must be bound.
            if (helper != HelperId.TailCall && !_bound.Contains(helper))
                return helper;
        }

        return null;
    }

    /// <summary>Whether any path calls a function of the kernel, or writes to one of its objects.</summary>
    private static bool NeedsKernel(VerifiedProgram program)
    {
        for (int index = 0; index < program.Lowered.Length; index++)
        {
            if (!program.Facts[index].IsReachable)
                continue;

            // Objects that only a kernel keeps: reads of them catch faults, stores don't.
            bool stores = program.Lowered[index].Class is InstructionClass.St or InstructionClass.Stx;
            if (program.Lowered[index].IsKfuncCall || (stores && program.Facts[index].Region == MemoryRegion.Probed))
                return true;
        }

        return false;
    }

    /// <summary>Links and prepares a program.</summary>
    public bool TryLink(
        VerifiedProgram program,
        ImmutableArray<MapInstance> maps,
        [NotNullWhen(true)] out ExecutableProgram? executable,
        [NotNullWhen(false)] out StorageError? error)
    {
        executable = null;
        error = null;
        if (FindMissingHelper(program) is { } missing)
        {
            error = new StorageError(Errno.ENOTSUPP, $"helper {missing} is not available: {UserspaceHelpers.WhyAbsent(missing)}; run the program with the kernel engine");
            return false;
        }

        if (NeedsKernel(program))
        {
            error = new StorageError(Errno.ENOTSUPP, "the program calls functions of the kernel (kfuncs) or writes to its objects, which this process does not have; run it with the kernel engine");
            return false;
        }

        var runtime = ImmutableArray.CreateBuilder<RuntimeMap>(program.Maps.Length);
        foreach (MapDescription description in program.Maps)
        {
            MapInstance map = maps.FirstOrDefault(map => map.Describes(description))
                ?? throw new UnreachableException($"map '{description.Name}' was verified but not held");
            if (!map.TryBind(program))
                error = new StorageError(Errno.EINVAL, $"programs of another type use the prog_array '{description.Name}'");
            else if (!map.IsWritable && (description.Flags & MapFlags.ReadOnlyProgram) == 0)
                error = new StorageError(Errno.EPERM, $"the program may write to map '{description.Name}', which this process may only read");
            if (error is not null)
                return false;
            runtime.Add(map.RuntimeFor(description));
        }

        RunSlots? source = null;
        bool needsSlots = maps.Any(static map => map.IsPerCpu) || Calls(program, HelperId.GetSmpProcessorId);
        bool mayUseSlots = maps.Any(static map => map.Description.Type is MapType.ArrayOfMaps or MapType.HashOfMaps or MapType.PerfEventArray);
        if (needsSlots || mayUseSlots)
        {
            if (slots.TryShare(out ExecutionSlots? shared, out StorageError? unavailable))
                source = new RunSlots(shared);
            else if (needsSlots)
                error = unavailable;
            if (error is not null)
                return false;
        }

        executable = execution.Prepare(new LinkedProgram(program, runtime.MoveToImmutable(), helpers) { Slots = source });
        return true;
    }

    /// <summary>Whether any path calls a helper.</summary>
    private static bool Calls(VerifiedProgram program, HelperId helper)
    {
        for (int index = 0; index < program.Lowered.Length; index++)
        {
            if (program.Facts[index].IsReachable && program.Lowered[index].IsHelperCall && program.Lowered[index].Immediate == (int)helper)
                return true;
        }

        return false;
    }
}
