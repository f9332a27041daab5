namespace Holdfast.Isa.Abi;

/// <summary>A filter in the <c>clsact</c> queueing discipline of an interface.</summary>
/// <param name="InterfaceIndex">The interface.</param>
/// <param name="Direction">Which traffic.</param>
/// <param name="Priority">Order among the filters, lower first; 0 lets the kernel choose.</param>
/// <param name="Handle">The filter's handle at that priority; 0 lets the kernel choose.</param>
public readonly record struct TrafficFilter(int InterfaceIndex, TrafficDirection Direction, ushort Priority = 0, uint Handle = 0);
