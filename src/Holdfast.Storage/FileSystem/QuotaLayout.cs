namespace Holdfast.Storage.FileSystem;

/// <summary>
/// Where the quotas are in the file <c>state</c>: 64-bit words, zero where there has never been a quota. <c>docs/on-disk-format.md</c> tells the same to people.
/// </summary>
internal static class QuotaLayout
{
    /// <summary>Not zero while any limit is in force. Set last, cleared with the last limit.</summary>
    internal const int ActiveWord = 256;

    /// <summary>How many changes of the counts have begun.</summary>
    internal const int BegunWord = 264;

    /// <summary>How many have ended. While nobody is at it and the two differ, somebody died on the way and the counts may be wrong.</summary>
    internal const int EndedWord = 272;

    /// <summary>When all objects were last counted, in nanoseconds since boot.</summary>
    internal const int CountedAtWord = 280;

    /// <summary>The account of the whole store.</summary>
    internal const int StoreAccount = 320;

    /// <summary>The account of one user: the objects whose files are this user's.</summary>
    internal const int UserAccount = 352;

    /// <summary>Who that user is.</summary>
    internal const int UserWord = 384;

    /// <summary>In an account: most objects + 1; 0 for no limit.</summary>
    internal const int ObjectLimit = 0;

    /// <summary>In an account: most bytes + 1; 0 for no limit.</summary>
    internal const int ByteLimit = 8;

    /// <summary>In an account: objects counted.</summary>
    internal const int Objects = 16;

    /// <summary>In an account: bytes counted.</summary>
    internal const int Bytes = 24;

    /// <summary>End of all this.</summary>
    internal const int End = 392;
}
