namespace Holdfast;

/// <summary>Protocol families of netfilter that programs can be attached for.</summary>
public enum NetfilterFamily
{
    /// <summary>No family.</summary>
    None = 0,

    /// <summary><c>NFPROTO_IPV4</c></summary>
    IPv4 = 2,

    /// <summary><c>NFPROTO_IPV6</c></summary>
    IPv6 = 10,
}
