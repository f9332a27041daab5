namespace Holdfast.Storage.Checking;

/// <summary>What a repair does about a finding.</summary>
internal enum RepairAction
{
    /// <summary>Nothing that is safe: it is left as it is.</summary>
    None,

    /// <summary>The collector frees it, or drops the reference.</summary>
    Collect,

    /// <summary>The directories of a store are made anew, empty.</summary>
    MakeDirectories,

    /// <summary>The words that processes share are made anew; ids go on after the highest in use.</summary>
    MakeState,

    /// <summary>The counter of ids is raised to the highest in use.</summary>
    RaiseIds,

    /// <summary>An object that is alive under another name gets its name in <c>objects</c> back.</summary>
    NameObject,

    /// <summary>A reference is made that an object's content asks for; what is there instead goes to the quarantine.</summary>
    MakeReference,

    /// <summary>Registrations of directories that are gone are removed, interrupted unmounts finished.</summary>
    MendMounts,

    /// <summary>The registration of the default bpffs is made anew.</summary>
    MakeDefaultMount,

    /// <summary>The map's own repair.</summary>
    MakeMapWhole,
}
