using Holdfast.Execution;
using Holdfast.Storage.FileSystem;
using Holdfast.Userspace.Helpers;
using Holdfast.Userspace.Hooks;
using Holdfast.Userspace.Maps;
using Holdfast.Userspace.Objects;
using Holdfast.Userspace.Programs;

namespace Holdfast.Userspace;

/// <summary>What the commands of one engine share.</summary>
internal sealed class EngineState : IDisposable
{
    public EngineState(Store store, UserspaceOptions options)
    {
        Store = store;
        Options = options;
        Descriptors = new DescriptorTable(store);
        Btfs = new BtfDescriptors(this);
        BtfCache = new BtfCache(store);
        Requests = new VerificationRequests(BtfCache, options);
        Slots = new EngineSlots(store);
        Linker = new ProgramLinker(options.Execution, UserspaceHelpers.Table, Slots);
        Maps = new MapDirectory(this);
        Programs = new ProgramDirectory(this);
        Hooks = new HookDirectory(this);
    }

    /// <summary>The store.</summary>
    public Store Store { get; }

    /// <summary>How the engine was opened.</summary>
    public UserspaceOptions Options { get; }

    /// <summary>Descriptors of this process.</summary>
    public DescriptorTable Descriptors { get; }

    /// <summary>BTF objects by descriptor.</summary>
    public BtfDescriptors Btfs { get; }

    /// <summary>Type graphs by id.</summary>
    public BtfCache BtfCache { get; }

    /// <summary>What the verifier is asked.</summary>
    public VerificationRequests Requests { get; }

    /// <summary>Execution slots for runs.</summary>
    public EngineSlots Slots { get; }

    /// <summary>Binds programs to maps and helpers.</summary>
    public ProgramLinker Linker { get; }

    /// <summary>Maps in use.</summary>
    public MapDirectory Maps { get; }

    /// <summary>Programs in use.</summary>
    public ProgramDirectory Programs { get; }

    /// <summary>Hooks in use.</summary>
    public HookDirectory Hooks { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Hooks.Close();
        Descriptors.CloseAll();
        Slots.Dispose();
        Store.Dispose();
    }
}
