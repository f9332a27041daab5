using System.Text;
using Holdfast.Isa.Abi;
using Holdfast.Storage.FileSystem;
using Holdfast.Storage.Memory;

namespace Holdfast.Storage.Checking;

/// <summary>Looks at who refers to whom: each reference is a link of its target's file, contents and references agree, and everything is reached.</summary>
internal sealed class ReferenceSurvey(StoreDirectories directories, Dictionary<ObjectKey, SurveyedObject> objects, ICollection<StoreFinding> findings)
{
    private readonly Dictionary<ObjectKey, HashSet<ObjectKey>> _targets = [];
    private readonly Dictionary<ObjectKey, uint> _incoming = [];

    public void Run()
    {
        if (DirectoryReader.TryOpen(directories.References, ".\0"u8, out DirectoryReader? reader) != Errno.None)
            return;
        using (reader)
        {
            while (reader!.MoveNext())
            {
                if (ObjectKey.TryParse(reader.Name, out ObjectKey referrer))
                    ReadReferrer(reader, referrer);
                else
                    Foreign($"refs/{Encoding.UTF8.GetString(reader.Name)}");
            }
        }

        foreach ((ObjectKey key, SurveyedObject seen) in objects)
            CheckContent(key, seen);
        FindGarbage();
    }

    private void ReadReferrer(DirectoryReader parent, ObjectKey referrer)
    {
        HashSet<ObjectKey> targets = _targets[referrer] = [];
        if (DirectoryReader.TryOpen(parent.Descriptor, parent.TerminatedName, out DirectoryReader? reader) != Errno.None)
            return;
        using (reader)
        {
            while (reader!.MoveNext())
            {
                string place = $"refs/{referrer}/{Encoding.UTF8.GetString(reader.Name)}";
                if (!ObjectKey.TryParse(reader.Name, out ObjectKey target))
                    Foreign(place);
                else if (Posix.StatAt(reader.Descriptor, reader.TerminatedName, follow: false, out FileStatus status) == 0)
                    ReadReference(place, referrer, target, status, targets);
            }
        }
    }

    private void ReadReference(string place, ObjectKey referrer, ObjectKey target, in FileStatus status, HashSet<ObjectKey> targets)
    {
        if (objects.TryGetValue(target, out SurveyedObject? seen) && seen.Status.IsSameFile(status))
        {
            targets.Add(target);
            _incoming[target] = _incoming.GetValueOrDefault(target) + 1;
            if (!objects.ContainsKey(referrer))
                Stale(place, $"{ObjectSurvey.Name(referrer)}, which refers, is gone");
            else if (target == referrer)
                Stale(place, "a replacement of a pin was interrupted");
        }
        else if (seen is null)
        {
            Lost(place, target, status);
        }
        else
        {
            findings.Add(new StoreFinding(place, $"it is no link of the file of {ObjectSurvey.Name(target)}", "the object may go while it is in use", "run holdfast fsck --repair")
            {
                Repair = RepairAction.MakeReference,
                Object = referrer,
                Target = target,
                Evidence = $"{status.Inode}",
            });
        }
    }

    /// <summary>A name of an object whose own name in <c>objects</c> is gone.</summary>
    internal void Lost(string place, ObjectKey target, in FileStatus status) =>
        findings.Add(new StoreFinding(place, $"{ObjectSurvey.Name(target)}, which it names, has no name in objects", "the object can't be opened by its id, and programs that use it don't run", "run holdfast fsck --repair")
        {
            Repair = RepairAction.NameObject,
            Target = target,
            Evidence = $"{status.Inode}",
        });

    private void CheckContent(ObjectKey key, SurveyedObject seen)
    {
        if (seen.Targets is null)
            return;
        HashSet<ObjectKey> targets = _targets.GetValueOrDefault(key) ?? [];
        foreach (ObjectKey target in seen.Targets.Where(target => !targets.Contains(target)))
        {
            // Of a map, targets are what its slots or entries name: a map that is made whole drops those without a reference.
            bool there = objects.ContainsKey(target), isSlot = key.Kind == ObjectKind.Map && target.Kind is ObjectKind.Map or ObjectKind.Program;
            findings.Add(new StoreFinding(
                ObjectSurvey.Name(key),
                $"it uses {ObjectSurvey.Name(target)}, " + (there ? $"and has no reference on it (refs/{key}/{target})" : "which is gone"),
                there ? "the object may go while it is in use" : isSlot ? "the slot that names it is as empty" : "it can't run or be read",
                there ? "run holdfast fsck --repair" : isSlot ? "run holdfast fsck --repair while nobody uses the map" : "load it anew, or restore the store from a backup")
            {
                Repair = there ? RepairAction.MakeReference : isSlot ? RepairAction.MakeMapWhole : RepairAction.None,
                Object = key,
                Target = target,
            });
        }

        // What a program refers to never changes, and its content doesn't tell all of it.
        if (key.Kind == ObjectKind.Program)
            return;
        foreach (ObjectKey target in targets.Where(target => target != key && !seen.Targets.Contains(target)))
            Stale($"refs/{key}/{target}", $"{ObjectSurvey.Name(key)} no longer uses it: whoever changed it died");
    }

    private void Stale(string place, string what) =>
        findings.Add(new StoreFinding(place, what, "an object is kept that may be garbage", "run holdfast fsck --repair") { Repair = RepairAction.Collect });

    private void Foreign(string place) =>
        findings.Add(new StoreFinding(place, "it is no name of the store's", "none", "look what it is, and remove it"));

    /// <summary>As the collector judges: names beyond its own and its references, or somebody who has it open, make an object a root.</summary>
    private void FindGarbage()
    {
        HashSet<ObjectKey> live = [];
        Stack<ObjectKey> open = new(objects.Where(pair => IsRoot(pair.Key, pair.Value)).Select(pair => pair.Key));
        while (open.TryPop(out ObjectKey key))
        {
            if (!live.Add(key) || !_targets.TryGetValue(key, out HashSet<ObjectKey>? targets))
                continue;
            foreach (ObjectKey target in targets)
                open.Push(target);
        }

        foreach ((ObjectKey key, SurveyedObject seen) in objects)
        {
            if (!live.Contains(key) && seen.Header is not null)
                findings.Add(new StoreFinding(ObjectSurvey.Name(key), "nothing refers to it any more", "it takes room", "holdfast gc") { Repair = RepairAction.Collect, IsGarbage = true });
        }
    }

    private bool IsRoot(ObjectKey key, SurveyedObject seen) =>
        seen.IsHeld || seen.Status.Links != 1 + _incoming.GetValueOrDefault(key) || (seen.Header is null && seen.Status.Links > 1);
}
