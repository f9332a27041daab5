namespace Holdfast.Userspace.Objects;

/// <summary>Shares in something that goes with the last of them, and then takes none any more. It begins with one.</summary>
internal sealed class UserCount
{
    private int _users = 1;

    /// <summary>Takes a share, unless the last one is gone.</summary>
    public bool TryAdd()
    {
        int users = Volatile.Read(ref _users);
        while (users > 0)
        {
            int seen = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (seen == users)
                return true;
            users = seen;
        }

        return false;
    }

    /// <summary>Gives a share back.</summary>
    /// <returns>Whether it was the last.</returns>
    public bool Remove() => Interlocked.Decrement(ref _users) == 0;
}
