namespace Holdfast;

/// <summary>A place among the netfilter hooks of a network namespace.</summary>
/// <param name="Family">Which protocol's packets.</param>
/// <param name="Point">Where on their way.</param>
/// <param name="Priority">Order among the hook's users; neither the smallest nor the largest number.</param>
/// <param name="Defragment">Whether fragments are put together first; then the priority must be above -400 (<c>NF_IP_PRI_CONNTRACK_DEFRAG</c>).</param>
public sealed record NetfilterHook(NetfilterFamily Family, NetfilterPoint Point, int Priority = 0, bool Defragment = false);
