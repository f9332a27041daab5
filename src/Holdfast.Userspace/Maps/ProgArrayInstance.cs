using System.Buffers.Binary;
using Holdfast.Execution;
using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Maps;
using Holdfast.Userspace.Programs;
using Holdfast.Verifier;

namespace Holdfast.Userspace.Maps;

/// <summary>A prog array: slots hold ids, each backed by a reference that the array's object holds on the program's.</summary>
internal sealed class ProgArrayInstance(EngineState engine, ObjectFile file, ProgArrayMap slots, MapDescription description)
    : MapInstance(file, slots, description)
{
    private readonly Lock _typeLock = new();

    /// <summary>The type of the programs that tail-call through the array in this process, once there is one.</summary>
    public ProgramType UserType { get; private set; }

    /// <inheritdoc/>
    public override bool TryBind(VerifiedProgram user)
    {
        lock (_typeLock)
        {
            if (!slots.TryOwn(SortOf(user)))
                return false;
            if (UserType == ProgramType.Unspec)
                UserType = user.Type.Type;
            return UserType == user.Type.Type;
        }
    }

    /// <summary>Puts the program behind a descriptor into a slot.</summary>
    public override int Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, UpdateFlags flags)
    {
        if (flags != UpdateFlags.Any)
            return Failures.Of(Errno.EINVAL, "a prog_array takes no update flags");
        uint index = BinaryPrimitives.ReadUInt32LittleEndian(key);
        if (index >= Description.MaxEntries)
            return Failures.Of(Errno.E2BIG, $"the prog_array has slots 0 to {Description.MaxEntries - 1}");
        int descriptor = BinaryPrimitives.ReadInt32LittleEndian(value);
        if (!engine.Programs.TryShare(descriptor, out ProgramInstance? program, out StorageError? error))
            return Failures.Of(error);
        try
        {
            return slots.TryOwn(SortOf(program.Verified)) ? Change(index, program) : Failures.Of(Errno.EINVAL, "the program's type is not that of the array's other programs");
        }
        finally
        {
            program.RemoveUser();
        }
    }

    /// <summary>Empties a slot.</summary>
    public override int Delete(ReadOnlySpan<byte> key)
    {
        uint index = BinaryPrimitives.ReadUInt32LittleEndian(key);
        if (index >= Description.MaxEntries)
            return Failures.Of(Errno.E2BIG, $"the prog_array has slots 0 to {Description.MaxEntries - 1}");
        return slots.IdAt(index) == 0 ? Failures.Of(Errno.ENOENT, $"slot {index} is empty") : Change(index, null);
    }

    /// <summary>The program in a slot, ready to run; null if there is none that may run here.</summary>
    public ProgramInstance? Open(uint id) => engine.Programs.TryShareById(id, out ProgramInstance? program, out _) ? program : null;

    /// <inheritdoc/>
    private protected override RuntimeMap CreateRuntime(MapDescription description) => new RuntimeSlots(description, this, slots);

    /// <summary>What programs of one array have in common: the type, and where they attach.</summary>
    private static ulong SortOf(VerifiedProgram program) => (uint)program.Type.Type | ((ulong)program.AttachType << 32);

    private int Change(uint index, ProgramInstance? program) =>
        ProgArraySlots.Change(engine.Store, Key, slots, index, program?.File) is { } error ? Failures.Of(error) : Noted(0);
}
