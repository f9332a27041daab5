using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Hooks;
using Holdfast.Userspace.Commands;
using Holdfast.Userspace.Hooks;
using Holdfast.Verifier.Prototypes;

namespace Holdfast.Userspace;

/// <content>Hooks.</content>
public sealed partial class UserspaceEngine : IHookEngine
{
    /// <inheritdoc/>
    public int CreateHook(in HookAttribute attribute)
    {
        Failures.Clear();
        if (ProgramTypes.Find(attribute.ProgramType) is null)
            return Failures.Of(Errno.EINVAL, $"{attribute.ProgramType} is no program type that this engine knows");
        if (attribute.Slots > HookLayout.MostSlots)
            return Failures.Of(Errno.E2BIG, $"a hook has 1 to {HookLayout.MostSlots} slots, not {attribute.Slots}");
        if (!ObjectNames.IsValid(attribute.Name))
            return Failures.Of(Errno.EINVAL, "a name has letters, digits, underscores and dots");
        ObjectDefinition definition = ObjectDefinition.ForHook(new HookObjectAttributes
        {
            ProgramType = attribute.ProgramType,
            AttachType = attribute.AttachType,
            Slots = attribute.Slots == 0 ? HookLayout.MostSlots : attribute.Slots,
        }) with
        {
            Name = attribute.Name,
        };
        return Store.TryCreate(definition, out ObjectFile? file, out StorageError? error) ? _state.Descriptors.Add(file) : Failures.Of(error);
    }

    /// <inheritdoc/>
    public int HookNextId(uint start, out uint next)
    {
        Failures.Clear();
        return Store.TryGetNextId(ObjectKind.Hook, start, out next) ? 0 : Failures.Of(Errno.ENOENT, $"no hook has an id above {start}");
    }

    /// <inheritdoc/>
    public int HookById(uint id)
    {
        Failures.Clear();
        return Store.TryOpenById(new ObjectKey(ObjectKind.Hook, id), ObjectAccess.ReadWrite, out ObjectFile? file, out StorageError? error)
            || (error.Errno == Errno.EACCES && Store.TryOpenById(new ObjectKey(ObjectKind.Hook, id), ObjectAccess.ReadOnly, out file, out error))
            ? _state.Descriptors.Add(file)
            : Failures.Of(error);
    }

    /// <summary>Opens a hook to run its programs, at any rate and from any thread.</summary>
    /// <param name="descriptor">The hook's descriptor.</param>
    /// <param name="host">The host, to be disposed.</param>
    /// <returns>Zero, or the negated <see cref="Errno"/>.</returns>
    public int OpenHost(int descriptor, out HookHost? host)
    {
        Failures.Clear();
        host = _state.Hooks.TryShare(descriptor, out HookInstance? hook, out StorageError? error) ? new HookHost(hook) : null;
        return host is null ? Failures.Of(error!) : 0;
    }
}
