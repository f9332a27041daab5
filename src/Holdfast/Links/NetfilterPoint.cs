namespace Holdfast;

/// <summary>Where on a packet's way a netfilter hook is, <c>enum nf_inet_hooks</c>.</summary>
public enum NetfilterPoint
{
    /// <summary><c>NF_INET_PRE_ROUTING</c>: just arrived.</summary>
    PreRouting = 0,

    /// <summary><c>NF_INET_LOCAL_IN</c>: for this machine.</summary>
    LocalIn = 1,

    /// <summary><c>NF_INET_FORWARD</c>: for another machine.</summary>
    Forward = 2,

    /// <summary><c>NF_INET_LOCAL_OUT</c>: made by this machine.</summary>
    LocalOut = 3,

    /// <summary><c>NF_INET_POST_ROUTING</c>: about to leave.</summary>
    PostRouting = 4,
}
