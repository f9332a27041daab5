namespace Holdfast.Storage.FileSystem;

/// <summary>How long what is pinned in a store lasts at most.</summary>
public enum StoreLifetime
{
    /// <summary>Until the machine restarts.</summary>
    UntilReboot,

    /// <summary>Until the user's last session ends: the login manager empties <c>$XDG_RUNTIME_DIR</c> then.</summary>
    UntilLastLogout,

    /// <summary>Across restarts.</summary>
    Durable,
}
