using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Holdfast.Isa.Abi;
using Holdfast.Storage;
using Holdfast.Storage.FileSystem;
using Holdfast.Userspace.Commands;
using Holdfast.Userspace.Maps;
using Holdfast.Userspace.Objects;
using Holdfast.Verifier;

namespace Holdfast.Userspace;

/// <summary>The userspace engine: bpf(2) in the caller's process, over a store of object files.</summary>
public sealed partial class UserspaceEngine : IBpfEngine, IPinFileSystem, IObjectInspection, IDirectMapEngine, IExecutionSlots, IVerificationReporter
{
    private readonly EngineState _state;
    private readonly CommandTable _commands;

    private UserspaceEngine(EngineState state)
    {
        _state = state;
        _commands = new CommandTable(state);
    }

    /// <inheritdoc/>
    public string Name => "user";

    /// <inheritdoc/>
    public string DefaultMount => _state.Store.Bpffs.DefaultPath;

    /// <inheritdoc/>
    public string? LastFailure => Failures.Last;

    /// <inheritdoc/>
    public int ExecutionSlots => _state.Store.ExecutionSlots;

    /// <summary>What runs programs: <c>jit</c> or <c>interpreter</c>.</summary>
    public string ExecutionEngineName => _state.Options.Execution.Name;

    /// <inheritdoc/>
    public VerificationReport? LastReport => ProgramLoad.LastReport;

    /// <summary>The store, for inspection and housekeeping.</summary>
    public Store Store => _state.Store;

    /// <summary>Opens the engine.</summary>
    /// <param name="options">Store, execution engine, types.</param>
    /// <param name="engine">The engine.</param>
    /// <param name="error">Why not, in one line.</param>
    /// <returns>Whether it is open.</returns>
    public static bool TryOpen(
        UserspaceOptions options, [NotNullWhen(true)] out UserspaceEngine? engine, [NotNullWhen(false)] out StorageError? error)
    {
        ArgumentNullException.ThrowIfNull(options);
        engine = null;
        string? path = options.Store ?? Environment.GetEnvironmentVariable("HOLDFAST_STORE");
        if (!Store.TryOpen(path, new StoreOptions { Create = options.CreateStore }, out Store? store, out error))
            return false;
        engine = new UserspaceEngine(new EngineState(store, options));
        return true;
    }

    /// <inheritdoc/>
    public int Invoke(BpfCommand command, Span<byte> attribute)
    {
        Failures.Clear();
        return _commands.Run(command, attribute);
    }

    /// <inheritdoc/>
    public int Close(int descriptor)
    {
        Failures.Clear();
        return _state.Descriptors.TryClose(descriptor) ? 0 : Failures.Of(Errno.EBADF, $"descriptor {descriptor} is not one of this engine's");
    }

    /// <inheritdoc/>
    public ObjectKind KindOf(int descriptor) =>
        _state.Descriptors.TryGet(descriptor, out DescriptorEntry? entry, out _) ? entry.File.Key.Kind : ObjectKind.None;

    /// <inheritdoc/>
    public IDirectMap? GetDirectMap(int descriptor) =>
        _state.Maps.TryUse(descriptor, out DescriptorEntry? entry, out MapInstance? map, out _) ? map.DirectFor(entry.File.Access) : null;

    /// <inheritdoc/>
    public void Dispose() => _state.Dispose();
}
