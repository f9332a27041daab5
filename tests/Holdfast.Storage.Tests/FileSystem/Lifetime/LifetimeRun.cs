using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Hooks;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Tests.FileSystem.Lifetime;

/// <summary>One sequence of operations, done to a store by several simulated processes and to the model on paper, compared after each step.</summary>
internal sealed class LifetimeRun : IDisposable
{
    private const int Actors = 3;

    private readonly TemporaryStore _temporary = new();
    private readonly Actor[] _actors;
    private readonly string[] _names;
    private readonly List<ObjectKey> _known = [];
    private readonly List<ObjectKey> _inFlight = [];
    private readonly HashSet<ObjectKey> _selfReferring = [];
    private ReferenceModel _model = new();
    private int _fatalCall = int.MaxValue;

    public LifetimeRun()
    {
        _actors = [.. Enumerable.Range(0, Actors).Select(_ => new Actor(_temporary))];
        Directory.CreateDirectory(_temporary.Fs + "/d");
        _names = [.. "ab".SelectMany(letter => new[] { $"{_temporary.Fs}/{letter}", $"{_temporary.Fs}/d/{letter}" })];
    }

    /// <summary>The operations; which of them a step does is its number modulo their count.</summary>
    public enum Operation
    {
        CreateMap, CreateArray, CreateProgram, Pin, Get, Close, Unpin, Remove, Rename, Link, Store, StoreAgain, Clear, OpenById, Collect, Sweep, Pass, Exit, Replace,
        CreateHook, Attach, Update, UpdateAgain, Detach, Die,
    }

    /// <summary>Does one step: an operation of an actor with two free choices.</summary>
    public void Step(int operation, int actor, int first, int second)
    {
        Do((Operation)(operation % (int)(Operation.Die + 1)), _actors[actor % Actors], first, second);
        Compare();
    }

    /// <summary>Everybody goes; then nothing but what is pinned stays.</summary>
    public void End()
    {
        foreach (Actor actor in _actors)
            Exit(actor);
        CollectAll();
    }

    public void Dispose()
    {
        foreach (Actor actor in _actors)
            actor.Die();
        _temporary.Dispose();
    }

    private void Do(Operation operation, Actor actor, int first, int second)
    {
        string name = _names[first % _names.Length];
        string other = _names[second % _names.Length];
        switch (operation)
        {
            case Operation.CreateMap:
                Create(actor, () => TemporaryStore.Create(actor.Store, TemporaryStore.Map()), []);
                break;
            case Operation.CreateArray:
                Create(actor, actor.CreateArray, new ObjectKey[ReferenceModel.Slots]);
                break;
            case Operation.CreateProgram:
                ObjectFile[] maps = [.. actor.Open.Where(file => file.Key.Kind == ObjectKind.Map).DistinctBy(file => file.Key).Skip(first % 3).Take(second % 4)];
                Create(actor, () => TemporaryStore.Create(actor.Store, TemporaryStore.Program(maps)), [.. maps.Select(map => map.Key)]);
                break;
            case Operation.Pin when Pick(actor, first) is { } file:
                Pin(actor, file, other);
                break;
            case Operation.Replace when Pick(actor, first) is { } file:
                Change(actor, () => Assert.Null(actor.Store.Bpffs.Replace(file, other)), () => _model.Pins[other] = file.Key);
                break;
            case Operation.Get:
                Get(actor, name);
                break;
            case Operation.Close when Pick(actor, first) is { } file:
                Change(actor, file.Dispose, () => actor.Open.Remove(file));
                break;
            case Operation.Unpin when _model.Pins.ContainsKey(name):
                Change(actor, () => Assert.Null(actor.Store.Bpffs.Unpin(name)), () => _model.Pins.Remove(name));
                break;
            case Operation.Remove when _model.Pins.Remove(name, out ObjectKey removed):
                File.Delete(name);
                _model.Unswept.Add(removed);
                break;
            case Operation.Rename when name != other && _model.Pins.ContainsKey(name):
                Rename(name, other);
                break;
            case Operation.Link when _model.Pins.TryGetValue(name, out ObjectKey linked) && _model.Pins.TryAdd(other, linked):
                Names.Link(name, other);
                break;
            case Operation.Store or Operation.StoreAgain when PickArray(actor, first) is { } array && PickProgram(actor, second) is { } program:
                Slot(actor, array, (uint)first % ReferenceModel.Slots, program);
                break;
            case Operation.Clear when PickArray(actor, first) is { } array:
                Slot(actor, array, (uint)second % ReferenceModel.Slots, null);
                break;
            case Operation.OpenById when _known.Count > 0:
                OpenById(actor, _known[first % _known.Count]);
                break;
            case Operation.Collect:
                Collect(actor);
                break;
            case Operation.Sweep:
                Change(actor, () => actor.Store.Collector.Sweep(1 + (first % 8)), () => { });
                break;
            case Operation.Pass when Pick(actor, first) is { } file:
                Pass(actor, file, _actors[second % Actors]);
                break;
            case Operation.Exit when first % 4 == 0:
                Exit(actor);
                break;
            case Operation.CreateHook:
                Create(actor, () => TemporaryStore.Create(actor.Store, TemporaryStore.Hook()), []);
                break;
            case Operation.Attach when Pick(actor, ObjectKind.Hook, first) is { } hook && PickProgram(actor, second) is { } program:
                Create(actor, () => TemporaryStore.Attach(actor.Store, hook, program), [program.Key]);
                break;
            case Operation.Update or Operation.UpdateAgain when Pick(actor, ObjectKind.Link, first) is { } link && PickProgram(actor, second) is { } program:
                Update(actor, link, program);
                break;
            case Operation.Detach when Pick(actor, ObjectKind.Link, first) is { } link:
                Change(actor, () => Assert.Null(HookLinks.Detach(actor.Store, link)), () => Assert.False(HookLinks.TryFind(_temporary.Store, link, out _)));
                break;
            case Operation.Die:
                // The next step that does something dies at one of its system calls, or just after it.
                _fatalCall = first % 24;
                break;
        }
    }

    private static ObjectFile? Pick(Actor actor, int choice) => actor.Open.Count == 0 ? null : actor.Open[choice % actor.Open.Count];

    private ObjectFile? PickArray(Actor actor, int choice)
    {
        ObjectFile[] arrays = [.. actor.Open.Where(file => file.Key.Kind == ObjectKind.Map && _model.Contents[file.Key].Length > 0)];
        return arrays.Length == 0 ? null : arrays[choice % arrays.Length];
    }

    private static ObjectFile? PickProgram(Actor actor, int choice) => Pick(actor, ObjectKind.Program, choice);

    private static ObjectFile? Pick(Actor actor, ObjectKind kind, int choice)
    {
        ObjectFile[] files = [.. actor.Open.Where(file => file.Key.Kind == kind)];
        return files.Length == 0 ? null : files[choice % files.Length];
    }

    private void Create(Actor actor, Func<ObjectFile> create, ObjectKey[] contents)
    {
        ObjectFile? made = null;
        Change(actor, () => made = create(), () =>
        {
            Assert.DoesNotContain(made!.Key, _known);
            _known.Add(made.Key);
            _model.Contents[made.Key] = contents;
            actor.Open.Add(made);
        });
    }

    /// <summary>A program is in a hook's list once, and a link that was detached, or whose hook is gone, takes none.</summary>
    private void Update(Actor actor, ObjectFile link, ObjectFile program)
    {
        Errno answer = Errno.None;
        Change(actor, () => answer = HookLinks.Update(actor.Store, link, program, null)?.Errno ?? Errno.None, () =>
        {
            Assert.Contains(answer, new[] { Errno.None, Errno.EEXIST, Errno.ENOLINK });
            Assert.Equal(answer != Errno.ENOLINK, HookLinks.TryFind(_temporary.Store, link, out uint held));
            if (answer == Errno.None)
            {
                // To what it holds already is no update; what a killed one has left stays then.
                ObjectKey[] now = StoreContents.ProgramsOf(StoreContents.HeaderOf(_temporary.PathOf(link.Key))!);
                Assert.Equal(program.Key.Id, held);
                Assert.Contains(program.Key, now);
                _model.Unswept.UnionWith(_model.Contents[link.Key].Except(now));
                _model.Contents[link.Key] = now;
            }
        });
    }

    private void Pin(Actor actor, ObjectFile file, string name)
    {
        Errno expected = _model.Pins.ContainsKey(name) ? Errno.EEXIST : Errno.None;
        Change(
            actor,
            () => Assert.Equal(expected, actor.Store.Bpffs.Pin(file, name)?.Errno ?? Errno.None),
            () => _model.Pins.TryAdd(name, file.Key));
    }

    private void Get(Actor actor, string name)
    {
        ObjectFile? got = null;
        StorageError? error = null;
        Change(actor, () => actor.Store.Bpffs.TryOpenPinned(name, ObjectAccess.ReadWrite, out got, out error), () =>
        {
            if (!_model.Pins.TryGetValue(name, out ObjectKey expected))
            {
                Assert.Equal(Errno.ENOENT, error!.Errno);
                return;
            }

            Assert.Equal(expected, got?.Key);
            actor.Open.Add(got!);
        });
    }

    /// <summary>What is live must be found; what isn't may be found only as long as it waits for a collector, and is live again then.</summary>
    private void OpenById(Actor actor, ObjectKey key)
    {
        ObjectFile? got = null;
        StorageError? error = null;
        HashSet<ObjectKey> live = Live();
        HashSet<ObjectKey> lingering = MayLinger(live);
        Change(actor, () => actor.Store.TryOpenById(key, ObjectAccess.ReadWrite, out got, out error), () =>
        {
            if (got is null)
            {
                Assert.Equal(Errno.ENOENT, error!.Errno);
                Assert.DoesNotContain(key, live);
                return;
            }

            Assert.True(live.Contains(key) || lingering.Contains(key), $"{key} was found, but nothing refers to it");
            actor.Open.Add(got);
        });
    }

    private void Rename(string from, string to)
    {
        if (_model.Pins.TryGetValue(to, out ObjectKey replaced))
            _model.Unswept.Add(replaced);

        // Two names of one file stay two names (rename(2)).
        if (replaced != _model.Pins[from])
        {
            _model.Pins[to] = _model.Pins[from];
            _model.Pins.Remove(from);
        }

        Names.Rename(from, to);
    }

    private void Slot(Actor actor, ObjectFile array, uint slot, ObjectFile? program) => Change(
        actor, () => actor.ChangeSlot(array, slot, program), () => _model.Contents[array.Key][slot] = program?.Key ?? default);

    /// <summary>Sends a descriptor over a socket; the sender's own may close while it is in flight.</summary>
    private void Pass(Actor sender, ObjectFile file, Actor receiver)
    {
        (int first, int second) = DescriptorPassing.SocketPair();
        Assert.Equal(Errno.None, DescriptorPassing.Send(first, file.Descriptor));
        _inFlight.Add(file.Key);
        Change(sender, file.Dispose, () => sender.Open.Remove(file));
        ObjectFile? adopted = null;
        Assert.True(receiver.Act(() =>
        {
            Assert.Equal(Errno.None, DescriptorPassing.TryReceive(second, out int descriptor));
            Assert.True(ObjectFile.TryAdopt(descriptor, receiver.Store, out adopted, out StorageError? error), error?.ToString());
        }));
        receiver.Open.Add(adopted!);
        _inFlight.Clear();
        _ = Posix.Close(first);
        _ = Posix.Close(second);
    }

    private void Collect(Actor actor)
    {
        CollectorStatistics? done = null;
        Change(actor, () => done = actor.Store.Collector.Collect(StoreContents.Read), () =>
        {
            Assert.Null(done!.WhyNot);
            Assert.False(done.WasBusy);
            CheckExact();
        });
    }

    private void Exit(Actor actor) => _model.Unswept.UnionWith(actor.Die());

    /// <summary>Does something to the store and on paper; if its process dies in the midst of it, either it was done or it wasn't.</summary>
    private void Change(Actor actor, Action act, Action onPaper)
    {
        int fatal = _fatalCall;
        _fatalCall = int.MaxValue;
        if (actor.Act(act, fatal))
        {
            onPaper();
            if (fatal != int.MaxValue)
                Exit(actor);
            return;
        }

        Exit(actor);

        // A mapping keeps its description, and so the lock on it, until it is unmapped; a real process's goes with it.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Observe();
        CollectAll();
        foreach (ObjectKey key in _known.Where(key => Directory.Exists($"{_temporary.StorePath}/refs/{key}") && _temporary.Store.ReferencesOf(key).Contains(key)))
            _selfReferring.Add(key);
    }

    /// <summary>Reads off what the dead process has done: at most one name or slot differs from before, whole.</summary>
    private void Observe()
    {
        Dictionary<string, ObjectKey> pins = StoreContents.Pins(_temporary.Fs);
        Assert.InRange(pins.Except(_model.Pins).Union(_model.Pins.Except(pins)).DistinctBy(pin => pin.Key).Count(), 0, 1);
        _model.Unswept.UnionWith(_model.Pins.Values);
        _model = new ReferenceModel { Pins = pins, Contents = _model.Contents, Unswept = _model.Unswept };
        int differences = 0;
        foreach ((ObjectKey key, ObjectKey[] slots) in _model.Contents.Where(entry => entry.Key.Kind == ObjectKind.Map && entry.Value.Length > 0))
        {
            if (!File.Exists(_temporary.PathOf(key)))
                continue;
            ObjectKey[] actual = StoreContents.SlotsOf(_temporary.PathOf(key));
            differences += slots.Zip(actual).Count(pair => pair.First != pair.Second);
            _model.Unswept.UnionWith(slots.Except(actual));
            actual.CopyTo(slots, 0);
        }

        Assert.InRange(differences, 0, 1);
        foreach (ObjectKey link in _model.Contents.Keys.Where(key => key.Kind == ObjectKind.Link && File.Exists(_temporary.PathOf(key))).ToArray())
        {
            if (StoreContents.HeaderOf(_temporary.PathOf(link)) is not { } header)
                continue;
            ObjectKey[] actual = StoreContents.ProgramsOf(header);
            _model.Unswept.UnionWith(_model.Contents[link].Except(actual));
            _model.Contents[link] = actual;
        }
    }

    private void CollectAll()
    {
        using Store collector = _temporary.Open();
        CollectorStatistics done = collector.Collector.Collect(StoreContents.Read);
        Assert.Null(done.WhyNot);
        CheckExact();
    }

    /// <summary>After a collector nothing is left but what is live: no object, no reference.</summary>
    private void CheckExact()
    {
        _model.Unswept.Clear();
        HashSet<ObjectKey> live = Live();
        Assert.Equal(Sorted(live), Sorted(_temporary.Objects()));
        foreach (string referrer in Directory.EnumerateDirectories(_temporary.StorePath + "/refs"))
        {
            ObjectKey key = live.Single(candidate => candidate.ToString() == Path.GetFileName(referrer));
            Assert.Equal(Sorted(_model.Contents[key].Where(target => target.Id != 0).Distinct()), Sorted(_temporary.Store.ReferencesOf(key)));
        }

        foreach (ObjectKey key in live.Where(key => key.Kind == ObjectKind.Hook))
            CheckList(key, live);
    }

    /// <summary>Only what lives is in a list, and with a program that the link keeps.</summary>
    private void CheckList(ObjectKey key, HashSet<ObjectKey> live)
    {
        using FileStream file = new(_temporary.PathOf(key), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        HookSlot[] slots = new HookSlot[HookLayout.MostSlots];
        Assert.True(HookList.TryRead((int)file.SafeFileHandle.DangerousGetHandle(), slots, out int count, out _));
        foreach (HookSlot slot in slots[..count])
        {
            ObjectKey link = new(ObjectKind.Link, slot.Link);
            Assert.True(live.Contains(link) && _model.Contents[link].Contains(new(ObjectKind.Program, slot.Program)), $"{link} is in the list of {key} with program {slot.Program}");
        }
    }

    private void Compare()
    {
        HashSet<ObjectKey> live = Live();
        HashSet<ObjectKey> there = [.. _temporary.Objects()];
        Assert.True(live.IsSubsetOf(there), $"gone but live: {string.Join(' ', live.Except(there))}");
        there.ExceptWith(live);
        there.ExceptWith(MayLinger(live));
        Assert.True(there.Count == 0, $"left though the last reference went: {string.Join(' ', there)}");
    }

    private HashSet<ObjectKey> MayLinger(HashSet<ObjectKey> live)
    {
        _model.Unswept.UnionWith(_selfReferring.Where(key => !live.Contains(key)));
        return _model.MayLinger(live);
    }

    private HashSet<ObjectKey> Live() => _model.Live(_actors.SelectMany(actor => actor.Open).Select(file => file.Key).Concat(_inFlight));

    private static string Sorted(IEnumerable<ObjectKey> keys) => string.Join(' ', keys.Select(key => key.ToString()).Order(StringComparer.Ordinal));
}
